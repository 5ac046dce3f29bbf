/* SPDX-License-Identifier: MIT */
/* The environment is the program's own: order, changes, an empty one, and what children get. */
#include "../victim.h"

extern char **environ;

static void say_environment(void)
{
	static const char *const ours[] = {"LD_PRELOAD=", "BOND_", "VICTIM_RUN="};

	for (char **e = environ; e && *e; e++) {
		bool skip = false;

		for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
			skip |= strncmp(*e, ours[i], strlen(ours[i])) == 0;
		if (!skip && strncmp(*e, "_=", 2) != 0)
			say("  %s", *e);
	}
}

int main(int argc, char **argv)
{
	char *args[] = {argv[0], "child", NULL}, *mine[] = {"A=1", NULL};
	struct ep to = ep("127.0.0.1", 7005);
	pid_t pid;

	say("%s", argc > 1 ? argv[1] : "parent");
	say_environment();
	if (argc > 1)
		return 0;
	setenv("VICTIM_NEW", "x", 1);
	unsetenv("HOME");
	for (int way = 0; way < 4; way++) {
		pid = fork();
		if (pid == 0) {
			args[1] = (char *[]){"execv", "execve", "no environment", "cleared"}[way];
			if (way == 0)
				execv("/proc/self/exe", args);
			if (way == 1)
				execve("/proc/self/exe", args, mine);
			if (way == 2)
				execve("/proc/self/exe", args, NULL);
			clearenv();
			DID(sendto(udp("127.0.0.1", 7001), SIP, SIP_LEN, 0, &to.sa, to.len));
			execv("/proc/self/exe", args);
			_exit(9);
		}
		say_child("child", pid);
	}
	environ = NULL;
	DID(sendto(udp("127.0.0.1", 7002), SIP, SIP_LEN, 0, &to.sa, to.len));
	return 0;
}
