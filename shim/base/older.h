/* SPDX-License-Identifier: MIT */
/* What Debian 11 (glibc 2.31, headers of Linux 5.10) lacks of what is used here. Includes what it stands in for. */
#ifndef BOND_BASE_OLDER_H
#define BOND_BASE_OLDER_H

#include <elf.h>
#include <features.h>
#include <linux/close_range.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>

/* Numbers of the kernel, which are the same on every machine since Linux 5.1. */
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif
#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif
#ifndef EM_LOONGARCH
#define EM_LOONGARCH 258
#endif

#if __GLIBC_PREREQ(2, 32)
#include <sys/single_threaded.h>
#define error_name strerrorname_np
#define error_text strerrordesc_np
#else
/* Whether the process has one thread; false where that is not known. */
static inline int older_single_threaded(void)
{
#ifdef __x86_64__
	int threads; /* in the head of each thread's block, where that libc looks itself */

	__asm__ volatile("movl %%fs:0x18, %0" : "=r"(threads));
	return !threads;
#else
	return 0;
#endif
}
#define __libc_single_threaded older_single_threaded()

/* As strerrorname_np() and strerrordesc_np(): safe in a signal handler, NULL: no such number. */
const char *error_name(int error);
const char *error_text(int error);
#endif

#endif
