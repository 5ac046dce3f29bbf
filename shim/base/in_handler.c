/* SPDX-License-Identifier: MIT */
/* The kernel tells of an alternate stack. Else its frame is looked for: it lies on
 * the stack between the handler and what was interrupted, and begins with the address that the
 * handler returns to, the sa_restorer of its action (sigreturn(2)). */
#include "in_handler.h"

#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

#include "raw.h"

#if defined(__x86_64__)

#define SIGNALS 64
#define RESTORERS_MAX 4 /* libc has one; a runtime may bring its own */
#define SEARCHED (256 * 1024) /* of the handler's own frames */
#define USER_CS 0x33
#define FRAME_MAX 65536 /* from the frame to the stack that was interrupted: registers, FPU state */

struct kernel_action {
	uintptr_t handler;
	unsigned long flags;
	uintptr_t restorer;
	uint64_t mask;
};

struct actions {
	uintptr_t restorers[RESTORERS_MAX];
	int count;
	bool nested; /* some handler leaves its own signal unblocked */
};

static void read_actions(struct actions *a)
{
	const unsigned long sa_restorer = 0x04000000;
	struct kernel_action k;

	*a = (struct actions){.count = 0};
	for (int s = 1; s <= SIGNALS; s++) {
		if (raw_syscall(SYS_rt_sigaction, s, 0, (long)&k, 8) != 0 || k.handler <= 1)
			continue;
		a->nested = a->nested || (k.flags & SA_NODEFER);
		bool known = !(k.flags & sa_restorer);
		for (int i = 0; i < a->count; i++)
			known = known || a->restorers[i] == k.restorer;
		if (!known && a->count < RESTORERS_MAX)
			a->restorers[a->count++] = k.restorer;
	}
}

/* Reads memory that may not be there; bytes read, or a negative errno. */
static long peek(void *to, uintptr_t from, size_t n)
{
	struct iovec here = {to, n}, there = {(void *)from, n};
	long result, pid = raw_syscall(SYS_getpid, 0, 0, 0, 0);
	register long r10 __asm__("r10") = (long)&there;
	register long r8 __asm__("r8") = 1;
	register long r9 __asm__("r9") = 0;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(SYS_process_vm_readv), "D"(pid), "S"(&here), "d"(1L), "r"(r10), "r"(r8),
			 "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

/* Whether a frame of the kernel's begins at `at`, where a restorer's address stands. What an earlier
 * handler left behind is mostly overwritten. */
static bool is_frame(uintptr_t at)
{
	ucontext_t u;
	const size_t needed = offsetof(ucontext_t, uc_mcontext.fpregs);

	if (peek(&u, at + sizeof(uintptr_t), needed) != (long)needed)
		return false;
	uintptr_t sp = (uintptr_t)u.uc_mcontext.gregs[REG_RSP];
	return (u.uc_mcontext.gregs[REG_CSGSFS] & 0xffff) == USER_CS && sp > at && sp - at < FRAME_MAX;
}

static bool find_frame(const struct actions *a, uintptr_t from)
{
	uintptr_t words[64];

	for (uintptr_t at = from; at - from < SEARCHED; at += sizeof(words)) {
		long n = peek(words, at, sizeof(words));
		for (long i = 0; i < n / (long)sizeof(*words); i++)
			for (int k = 0; k < a->count; k++)
				if (words[i] == a->restorers[k] &&
					is_frame(at + (uintptr_t)i * sizeof(*words)))
					return true;
		if (n != (long)sizeof(words))
			return false;
	}
	return false;
}

bool in_handler(void)
{
	struct actions a;
	uint64_t blocked = 0;
	stack_t alternate = {.ss_flags = 0};
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	if (raw_syscall(SYS_sigaltstack, 0, (long)&alternate, 0, 0) == 0 &&
		(alternate.ss_flags & SS_ONSTACK))
		return true;
	raw_syscall(SYS_rt_sigprocmask, SIG_BLOCK, 0, (long)&blocked, 8);
	read_actions(&a);
	/* a handler's own signal is blocked while it runs, unless it asked otherwise */
	if (!blocked && !a.nested)
		return false;
	return find_frame(&a, here & ~(uintptr_t)7);
}

#else

bool in_handler(void)
{
	return false;
}

#endif
