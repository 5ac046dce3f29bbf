/* SPDX-License-Identifier: MIT */
#include "lease.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define NAP_MS 20
#define NAPS_MAX (SEGMENT_WRITER_SECONDS * 1000 / NAP_MS)

static void nap(void)
{
	nanosleep(&(struct timespec){.tv_nsec = NAP_MS * 1000000}, NULL);
}

static uint32_t seconds(void)
{
	return (uint32_t)(segment_now() / 100);
}

static int write_word(const struct lease *l, size_t at, const void *p, size_t n)
{
	ssize_t written = pwrite(l->fd, p, n, (off_t)(l->page + at));

	return written == (ssize_t)n ? 0 : written < 0 ? errno : EIO;
}

static int write_until(const struct lease *l, uint32_t until)
{
	return write_word(l, offsetof(struct segment_page, writer_until), &until, sizeof(until));
}

static int write_writer(const struct lease *l, uint64_t writer)
{
	return write_word(l, offsetof(struct segment_page, writer), &writer, sizeof(writer));
}

static uint64_t writer_now(const struct lease *l)
{
	uint64_t writer = 0;

	if (pread(l->fd, &writer, sizeof(writer), (off_t)(l->page + offsetof(struct segment_page, writer))) !=
		sizeof(writer))
		return UINT64_MAX;
	return writer;
}

/* A bondctl's is that of a dead one, as the lock is ours. One that ends later than any lease could was
 * written by somebody who tells no truth. */
static bool is_free(const struct lease *l)
{
	uint32_t until = 0, now = seconds();
	uint64_t writer = writer_now(l);

	if (writer != UINT64_MAX && writer & SEGMENT_WRITER_TOOL)
		return true;

	if (pread(l->fd, &until, sizeof(until), (off_t)(l->page + offsetof(struct segment_page, writer_until))) !=
		sizeof(until))
		return false;
	return writer == 0 || until <= now || until - now > SEGMENT_WRITER_SECONDS;
}

static int lock(int fd)
{
	for (int i = 0; i < NAPS_MAX; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return errno;
		nap();
	}
	return EBUSY;
}

/* Who writes its word last has it: each looks again after a while. */
static int take(struct lease *l)
{
	for (int i = 0; i <= NAPS_MAX; i++, nap()) {
		if (!is_free(l))
			continue;
		int error = write_until(l, seconds() + SEGMENT_WRITER_SECONDS);
		if (!error)
			error = write_writer(l, l->mine);
		if (error)
			return error;
		nap();
		if (writer_now(l) == l->mine)
			return 0;
	}
	return EBUSY;
}

int lease_take(struct lease *l, int fd, const struct segment_head *head)
{
	*l = (struct lease){.fd = fd, .page = head->page};
	if (getrandom(&l->mine, sizeof(l->mine), 0) != sizeof(l->mine))
		l->mine = segment_now();
	l->mine = (l->mine >> 1) | SEGMENT_WRITER_TOOL;
	int error = lock(fd);
	if (!error) {
		error = take(l);
		if (error)
			flock(fd, LOCK_UN);
	}
	if (error)
		l->mine = 0;
	return error;
}

bool lease_renew(struct lease *l)
{
	return writer_now(l) == l->mine && write_until(l, seconds() + SEGMENT_WRITER_SECONDS) == 0;
}

void lease_end(struct lease *l)
{
	if (!l->mine)
		return;
	if (writer_now(l) == l->mine)
		write_writer(l, 0);
	flock(l->fd, LOCK_UN);
	l->mine = 0;
}
