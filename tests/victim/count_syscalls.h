/* SPDX-License-Identifier: MIT */
/* Runs work() in a child under ptrace and prints how many system calls of each number it made
 * between two calls of marker(). */
#ifndef COUNT_SYSCALLS_H
#define COUNT_SYSCALLS_H

#include "victim.h"

#include <sys/ptrace.h>
#include <sys/user.h>

static void marker(void)
{
	raw(SYS_getppid, 0, 0, 0, 0, 0, 0);
}

static void count_syscalls(void (*work)(void))
{
	static long counts[512];
	bool counting = false, entering = true;
	int status;
	pid_t pid = MUST(fork());

	if (pid == 0) {
		MUST(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
		raise(SIGSTOP);
		work();
		_exit(0);
	}
	MUST(waitpid(pid, &status, 0));
	memset(counts, 0, sizeof(counts));
	for (;;) {
		struct user_regs_struct regs;

		MUST(ptrace(PTRACE_SYSCALL, pid, NULL, NULL));
		MUST(waitpid(pid, &status, 0));
		if (WIFEXITED(status) || WIFSIGNALED(status))
			break;
		MUST(ptrace(PTRACE_GETREGS, pid, NULL, &regs));
		if (entering && regs.orig_rax == SYS_getppid)
			counting = !counting;
		else if (entering && counting && regs.orig_rax < 512)
			counts[regs.orig_rax]++;
		entering = !entering;
	}
	for (int i = 0; i < 512; i++) {
		if (counts[i])
			say("  system call %d: %ld", i, counts[i]);
	}
	say("  exit %d", WEXITSTATUS(status));
}

#endif
