/* SPDX-License-Identifier: MIT */
/* A system call that no library sees, on each processor. */
#ifndef VICTIM_MACHINE_H
#define VICTIM_MACHINE_H

#include <fcntl.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>

#if defined(__x86_64__)

static long raw(long n, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "0"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

#elif defined(__aarch64__)

/* Numbers of this file's, for calls that this processor has in a wider form alone. */
enum { SYS_poll = -1000, SYS_dup2, SYS_pipe, SYS_open, SYS_pause };

static long raw_number(long n, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = n, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d, x4 __asm__("x4") = e, x5 __asm__("x5") = f;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
	return x0;
}

static long raw(long n, long a, long b, long c, long d, long e, long f)
{
	struct timespec time = {c / 1000, c % 1000 * 1000000};
	struct iovec iov = {(void *)b, (size_t)c};

	switch (n) {
	case SYS_write: /* of less than eight bytes qemu-user loses where it remembers an eventfd of that number */
		return raw_number(SYS_writev, a, (long)&iov, 1, 0, 0, 0);
	case SYS_poll:
		return raw_number(SYS_ppoll, a, b, c < 0 ? 0 : (long)&time, 0, 0, 0);
	case SYS_dup2:
		return a == b ? a : raw_number(SYS_dup3, a, b, 0, 0, 0, 0);
	case SYS_pipe:
		return raw_number(SYS_pipe2, a, 0, 0, 0, 0, 0);
	case SYS_open:
		return raw_number(SYS_openat, AT_FDCWD, a, b, c, 0, 0);
	case SYS_pause:
		return raw_number(SYS_ppoll, 0, 0, 0, 0, 0, 0);
	default:
		return raw_number(n, a, b, c, d, e, f);
	}
}

#endif

#endif
