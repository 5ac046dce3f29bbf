/* SPDX-License-Identifier: MIT */
/* Host's calls may attach older filters meanwhile. They say so behind it (abreast_done()), and it is done once more. */
#include "reach.h"

#include <errno.h>

#include "abreast.h"
#include "base/raw.h"
#include "filter.h"
#include "preload/image_now.h"
#include "preload/process.h"

#define TRIES 8 /* the next step goes on */

static long pidfd_open(long pid)
{
	return raw_syscall(SYS_pidfd_open, pid, 0, 0, 0);
}

static long pidfd_getfd(int process, int fd)
{
	return raw_syscall(SYS_pidfd_getfd, process, fd, 0, 0);
}

/* Kernels before 5.6 do not have it, and filters of system calls refuse it, whatever it is asked. */
bool reach_can_fetch(void)
{
	return pidfd_open(-1) == -EINVAL && pidfd_getfd(-1, 0) == -EBADF;
}

void reach_begin(struct reach *r, bool own_table)
{
	*r = (struct reach){own_table, -1};
}

/* A number that means another socket by now has no filter that begins with this one's address. */
static void attach(const struct reach *r, int fd, uint32_t bits, const struct image *i)
{
	int at = r->own_table ? (int)pidfd_getfd(r->self, fd) : fd;

	if (at < 0)
		return;
	filter_again(fd, at, bits, i);
	if (r->own_table)
		raw_close(at);
}

static void attach_all(struct reach *r, const struct image *i)
{
	if (r->own_table && r->self < 0)
		r->self = (int)pidfd_open(raw_syscall(SYS_getpid, 0, 0, 0, 0));
	for (int fd = 0, end = sockets_end(&this_host.sockets); fd < end; fd++) {
		uint32_t bits = sockets_bits(&this_host.sockets, fd);
		if (filter_is_on(fd, bits))
			attach(r, fd, bits, i);
	}
}

void reach_step(struct reach *r)
{
	for (int tries = 0; tries < TRIES && abreast_wanted(); tries++) {
		uint32_t before = abreast_of();
		const struct image *i = before == image_generation_now() ? NULL : image_now();
		if (!i)
			return;
		attach_all(r, i);
		/* an image that went meanwhile is followed by another one */
		abreast_moved(before, i->generation);
	}
}
