/* SPDX-License-Identifier: MIT */
/* Bare system calls for libbond's own descriptors: they pass neither our hooks nor another preload,
 * and leave errno alone. Each returns the kernel's result, a negative errno on failure. */
#ifndef BOND_BASE_RAW_H
#define BOND_BASE_RAW_H

#include <fcntl.h>
#include <stddef.h>
#include <sys/syscall.h>

static inline long raw_syscall(long n, long a, long b, long c, long d)
{
#if defined(__x86_64__)
	long result;
	register long r10 __asm__("r10") = d;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10)
			 : "rcx", "r11", "memory");
	return result;
#elif defined(__aarch64__)
	register long x8 __asm__("x8") = n;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
	return x0;
#else
#error "raw_syscall() has to be written for this machine"
#endif
}

static inline long raw_syscall5(long n, long a, long b, long c, long d, long e)
{
#if defined(__x86_64__)
	long result;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
	return result;
#else
	register long x8 __asm__("x8") = n;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
	return x0;
#endif
}

/* Private memory, zeroed; NULL: there is none. */
static inline void *raw_map(size_t size)
{
	const long read_write = 3, private_anonymous = 0x22;
#if defined(__x86_64__)
	long p;
	register long r10 __asm__("r10") = private_anonymous;
	register long r8 __asm__("r8") = -1;
	register long r9 __asm__("r9") = 0;
	__asm__ volatile("syscall"
			 : "=a"(p)
			 : "a"(SYS_mmap), "D"(0), "S"(size), "d"(read_write), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
#else
	register long x8 __asm__("x8") = SYS_mmap;
	register long p __asm__("x0") = 0;
	register long x1 __asm__("x1") = (long)size;
	register long x2 __asm__("x2") = read_write;
	register long x3 __asm__("x3") = private_anonymous;
	register long x4 __asm__("x4") = -1;
	register long x5 __asm__("x5") = 0;
	__asm__ volatile("svc 0" : "+r"(p) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
#endif
	return p < 0 && p > -4096 ? NULL : (void *)p;
}

static inline void raw_unmap(void *p, size_t size)
{
	raw_syscall(SYS_munmap, (long)p, (long)size, 0, 0);
}

static inline int raw_openat(int directory, const char *path, int flags, int mode)
{
	return (int)raw_syscall(SYS_openat, directory, (long)path, flags | O_CLOEXEC, mode);
}

static inline int raw_open(const char *path, int flags, int mode)
{
	return raw_openat(AT_FDCWD, path, flags, mode);
}

static inline long raw_read(int fd, void *buf, size_t n)
{
	return raw_syscall(SYS_read, fd, (long)buf, (long)n, 0);
}

static inline long raw_write(int fd, const void *buf, size_t n)
{
	return raw_syscall(SYS_write, fd, (long)buf, (long)n, 0);
}

static inline long raw_recvmsg(int fd, void *msg, int flags)
{
	return raw_syscall(SYS_recvmsg, fd, (long)msg, flags, 0);
}

static inline void raw_close(int fd)
{
	raw_syscall(SYS_close, fd, 0, 0, 0);
}

#endif
