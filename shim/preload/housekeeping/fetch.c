/* SPDX-License-Identifier: MIT */
#include "fetch.h"

#include <errno.h>

#include "base/older.h"
#include "base/raw.h"

static long pidfd_open(long pid)
{
	return raw_syscall(SYS_pidfd_open, pid, 0, 0, 0);
}

static long pidfd_getfd(int process, int fd)
{
	return raw_syscall(SYS_pidfd_getfd, process, fd, 0, 0);
}

/* Kernels before 5.6 do not have it, and filters of system calls refuse it, whatever it is asked. */
bool fetch_works(void)
{
	return pidfd_open(-1) == -EINVAL && pidfd_getfd(-1, 0) == -EBADF;
}

void fetch_begin(struct fetch *f, bool own_table)
{
	*f = (struct fetch){own_table, -1};
}

int fetch(struct fetch *f, int fd)
{
	if (!f->own_table || fd < 0)
		return fd;
	if (f->self < 0)
		f->self = (int)pidfd_open(raw_syscall(SYS_getpid, 0, 0, 0, 0));
	return (int)pidfd_getfd(f->self, fd);
}

void fetch_end(const struct fetch *f, int at)
{
	if (f->own_table && at >= 0)
		raw_close(at);
}
