/* SPDX-License-Identifier: MIT */
/* Runs work() in a child under ptrace and prints how many system calls of each number it made
 * between two calls of marker(). */
#ifndef COUNT_SYSCALLS_H
#define COUNT_SYSCALLS_H

#include "victim.h"

#include <sys/ptrace.h>

/* Numbers are the processor's; what sends and receives is told by its name. */
static const char *name_of_call(long n)
{
	static const struct {
		long number;
		const char *name;
	} calls[] = {{SYS_sendto, "sendto"}, {SYS_sendmsg, "sendmsg"}, {SYS_sendmmsg, "sendmmsg"},
		{SYS_write, "write"}, {SYS_writev, "writev"}, {SYS_recvfrom, "recvfrom"}, {SYS_recvmsg, "recvmsg"}};
	static char text[24];

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (calls[i].number == n)
			return calls[i].name;
	snprintf(text, sizeof(text), "%ld", n);
	return text;
}

static void marker(void)
{
	raw(SYS_getppid, 0, 0, 0, 0, 0, 0);
}

static void count_syscalls(void (*work)(void))
{
	static long counts[512];
	bool counting = false;
	int status;
	pid_t pid = MUST(fork());

	if (pid == 0) {
		MUST(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
		raise(SIGSTOP);
		work();
		_exit(0);
	}
	MUST(waitpid(pid, &status, 0));
	MUST(ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)PTRACE_O_TRACESYSGOOD));
	memset(counts, 0, sizeof(counts));
	for (;;) {
		struct __ptrace_syscall_info at;

		MUST(ptrace(PTRACE_SYSCALL, pid, NULL, NULL));
		MUST(waitpid(pid, &status, 0));
		if (WIFEXITED(status) || WIFSIGNALED(status))
			break;
		MUST(ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof(at), &at));
		if (at.op != PTRACE_SYSCALL_INFO_ENTRY)
			continue;
		if (at.entry.nr == SYS_getppid)
			counting = !counting;
		else if (counting && at.entry.nr < 512)
			counts[at.entry.nr]++;
	}
	for (int i = 0; i < 512; i++) {
		if (counts[i])
			say("  system call %s: %ld", name_of_call(i), counts[i]);
	}
	say("  exit %d", WEXITSTATUS(status));
}

#endif
