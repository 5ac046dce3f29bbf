/* SPDX-License-Identifier: MIT */
/* For victims on a libc that lacks a function: the kernel's call, through the libc's syscall(). */
#ifndef VICTIM_OLDER_H
#define VICTIM_OLDER_H

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "../../shim/base/older.h"

#if !__GLIBC_PREREQ(2, 32)
#pragma weak error_name
#pragma weak error_text
#include "../../shim/base/older.c"
#define strerrorname_np error_name
#define strerrordesc_np error_text
#endif

#if !__GLIBC_PREREQ(2, 34)
static inline int _Fork(void)
{
	return (int)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static inline int close_range(unsigned first, unsigned last, int flags)
{
	return (int)syscall(SYS_close_range, first, last, flags);
}

static inline void closefrom(int first)
{
	int saved = errno;

	close_range((unsigned)first, UINT_MAX, 0);
	errno = saved;
}
#endif

#if !__GLIBC_PREREQ(2, 35)
struct epoll_event;
static inline int epoll_pwait2(int fd, struct epoll_event *events, int count, const struct timespec *timeout,
	const void *mask)
{
	return (int)syscall(SYS_epoll_pwait2, fd, events, count, timeout, mask, 8);
}
#endif

#if __GLIBC_PREREQ(2, 36)
#include <sys/pidfd.h>
#else
static inline int pidfd_open(int pid, unsigned flags)
{
	return (int)syscall(SYS_pidfd_open, pid, flags);
}

static inline int pidfd_getfd(int pidfd, int fd, unsigned flags)
{
	return (int)syscall(SYS_pidfd_getfd, pidfd, fd, flags);
}
#endif

#endif
