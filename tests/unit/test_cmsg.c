/* SPDX-License-Identifier: MIT */
/* cmsg: headers are found one behind the other, and a length that lies ends the walk. The control data ends
 * where its memory does, which the sanitizers and valgrind watch. */
#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/cmsg.h"

struct data {
	char *p;
	size_t n;
};

/* A header that claims len bytes, with `there` bytes of data behind it. */
static void add(struct data *d, int level, int type, size_t len, const void *data, size_t there)
{
	struct cmsghdr head = {.cmsg_len = len, .cmsg_level = level, .cmsg_type = type};

	d->p = realloc(d->p, d->n + CMSG_LEN(0) + there);
	memset(d->p + d->n, 0, CMSG_LEN(0));
	memcpy(d->p + d->n, &head, sizeof(head));
	if (there)
		memcpy(d->p + d->n + CMSG_LEN(0), data, there);
	d->n += CMSG_LEN(0) + there;
}

static void pad(struct data *d)
{
	size_t n = CMSG_ALIGN(d->n);

	d->p = realloc(d->p, n);
	memset(d->p + d->n, 0, n - d->n);
	d->n = n;
}

Test(cmsg, one_behind_the_other)
{
	struct data d = {NULL, 0};
	struct cmsg c = {.next = 0};

	add(&d, 1, 2, CMSG_LEN(5), "12345", 5);
	pad(&d);
	add(&d, 3, 4, CMSG_LEN(0), NULL, 0);
	add(&d, 5, 6, CMSG_LEN(1), "x", 1); /* the last has no padding */
	cr_assert(cmsg_next(&c, d.p, d.n));
	cr_assert(cmsg_is(&c, 1, 2) && !cmsg_is(&c, 1, 3) && !cmsg_is(&c, 2, 2));
	cr_assert_eq(cmsg_size(&c), 5);
	cr_assert_arr_eq(cmsg_data(&c, d.p), "12345", 5);
	cr_assert(cmsg_next(&c, d.p, d.n));
	cr_assert(cmsg_is(&c, 3, 4));
	cr_assert_eq(cmsg_size(&c), 0);
	cr_assert(cmsg_next(&c, d.p, d.n));
	cr_assert(cmsg_is(&c, 5, 6));
	cr_assert_eq(c.next, d.n);
	cr_assert_not(cmsg_follows(&c, d.n));
	cr_assert_not(cmsg_next(&c, d.p, d.n));
	free(d.p);
}

Test(cmsg, none)
{
	char few[sizeof(struct cmsghdr)] = "";

	for (size_t n = 0; n < sizeof(few); n++) {
		struct cmsg c = {.next = 0};
		cr_expect_not(cmsg_follows(&c, n));
		cr_expect_not(cmsg_next(&c, few, n));
	}
}

Test(cmsg, a_length_that_lies_ends_the_walk)
{
	const size_t lies[] = {0, 1, sizeof(struct cmsghdr) - 1, CMSG_LEN(5), CMSG_LEN(4096),
		(size_t)INT32_MAX, SIZE_MAX - 7, SIZE_MAX};

	for (size_t i = 0; i < sizeof(lies) / sizeof(*lies); i++) {
		for (int before = 0; before < 2; before++) {
			struct data d = {NULL, 0};
			struct cmsg c = {.next = 0};
			if (before)
				add(&d, 1, 2, CMSG_LEN(8), "12345678", 8);
			add(&d, 3, 4, lies[i], "1234", 4);
			if (before)
				cr_assert(cmsg_next(&c, d.p, d.n));
			size_t at = c.next;
			cr_expect_not(cmsg_next(&c, d.p, d.n), "%zu", lies[i]);
			cr_expect(cmsg_follows(&c, d.n), "one is there");
			cr_expect_eq(c.next, at);
			cr_expect_eq(c.head.cmsg_level, 3);
			free(d.p);
		}
	}
}

static int seen[8];
static size_t seen_count;

static void see(int fd)
{
	cr_assert_lt(seen_count, 8);
	seen[seen_count++] = fd;
}

/* Each in its own memory: unaligned, and with an end. */
static void see_all(const struct data *d)
{
	char *p = malloc(d->n + 1);
	struct msghdr msg = {.msg_control = p + 1, .msg_controllen = d->n};

	if (d->n)
		memcpy(p + 1, d->p, d->n);
	seen_count = 0;
	cmsg_each_fd(&msg, see);
	free(p);
}

Test(cmsg, each_descriptor_that_is_passed)
{
	const int fds[] = {3, 70, 5};
	struct data d = {NULL, 0};

	see_all(&d);
	cr_assert_eq(seen_count, 0);
	add(&d, SOL_SOCKET, SCM_RIGHTS, CMSG_LEN(2 * sizeof(int)), fds, 2 * sizeof(int));
	add(&d, SOL_SOCKET, SCM_CREDENTIALS, CMSG_LEN(8), "12345678", 8);
	add(&d, SOL_SOCKET, SCM_RIGHTS, CMSG_LEN(3), fds + 2, 3);
	see_all(&d);
	cr_assert_eq(seen_count, 2, "the last one is not whole");
	cr_assert_eq(seen[0], 3);
	cr_assert_eq(seen[1], 70);
	free(d.p);
}

/* libc's macros take the first header's length as it stands. */
Test(cmsg, no_descriptor_beyond_the_end)
{
	const int fds[] = {3};
	const size_t lies[] = {0, 4, CMSG_LEN(2 * sizeof(int)), CMSG_LEN(4096), SIZE_MAX};

	for (size_t i = 0; i < sizeof(lies) / sizeof(*lies); i++) {
		struct data d = {NULL, 0};
		add(&d, SOL_SOCKET, SCM_RIGHTS, lies[i], fds, sizeof(int));
		see_all(&d);
		cr_expect_eq(seen_count, 0, "%zu", lies[i]);
		free(d.p);
	}
}
