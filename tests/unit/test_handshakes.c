/* SPDX-License-Identifier: MIT */
/* handshakes: what is kept of a direction is found by every process; of a set that is full who has most gives
 * way, so that half-done handshakes, however many, end nobody else's. */
#include <criterion/criterion.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "segment/handshakes.h"
#include "segment/streams.h"

static struct handshakes *p;

static void share(void)
{
	p = mmap(NULL, sizeof(*p), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	cr_assert_neq(p, MAP_FAILED);
}

TestSuite(handshakes, .init = share);

static bool keep(uint64_t cookie, bool in, unsigned peer)
{
	struct handshake s = {.hello = {.before = (uint32_t)cookie}};

	s.end.cookie = cookie;
	s.end.peer = (struct addr){.family = AF_INET,
		.ip = {[10] = 255, [11] = 255, [12] = 10, [13] = (uint8_t)(peer >> 16), [14] = (uint8_t)(peer >> 8), [15] = (uint8_t)peer}};
	return handshakes_keep(p, stream_key(cookie, in), &s);
}

static bool find(uint64_t cookie, bool in)
{
	struct handshake s;

	if (!handshakes_find(p, stream_key(cookie, in), &s))
		return false;
	cr_expect_eq(s.end.cookie, cookie);
	cr_expect_eq(s.hello.before, (uint32_t)cookie);
	return true;
}

Test(handshakes, each_direction_has_its_own)
{
	cr_expect(keep(5, true, 1));
	cr_expect(!find(5, false) && find(5, true));
	cr_expect(keep(5, false, 1));
	pid_t pid = fork();
	if (!pid)
		_exit(!find(5, false) || !find(5, true) || !keep(6, true, 1));
	int status;
	waitpid(pid, &status, 0);
	cr_expect_eq(status, 0);
	cr_expect(find(6, true), "it survives who kept it");
	handshakes_drop(p, stream_key(5, true));
	handshakes_drop(p, stream_key(5, true));
	cr_expect(find(5, false) && !find(5, true));
}

/* One goes on, byte by byte, while 5,000 others are begun and left. */
Test(handshakes, half_done_ones_end_nobody_elses)
{
	unsigned ended = 0;

	for (uint64_t c = 1000; c < 1000 + 20; c++)
		cr_assert(keep(c, true, 500 + (unsigned)c));
	for (uint64_t n = 0; n < 5000; n++) {
		cr_expect(keep(10000 + n, true, 7));
		uint64_t c = 1000 + n % 20;
		if (find(c, true))
			keep(c, true, 500 + (unsigned)c);
		else
			ended++;
	}
	cr_expect_eq(ended, 0);
}

/* A place whose writer was killed comes back. */
Test(handshakes, a_killed_writer_leaves_a_place_that_is_used)
{
	for (int i = 0; i < HANDSHAKE_SETS; i++) {
		for (int j = 0; j < HANDSHAKE_WAYS; j++)
			atomic_store(&p->sets[i].keys[j], 1);
	}
	cr_expect(!keep(1, true, 1));
	unsigned kept = 0;
	for (uint64_t n = 2; n < 100000; n++)
		kept += keep(n, true, 1);
	cr_expect(kept > 50000, "%u", kept);
}

Test(handshakes, there_may_be_no_memory)
{
	struct handshake s = {.end = {.cookie = 1}};

	cr_expect(!handshakes_keep(NULL, 2, &s) && !handshakes_find(NULL, 2, &s));
	handshakes_drop(NULL, 2);
}
