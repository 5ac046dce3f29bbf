/* SPDX-License-Identifier: MIT */
/* posix_spawn with file actions on sockets, system() and popen(). */
#include "../victim.h"

#include <spawn.h>

extern char **environ;

int main(void)
{
	struct ep to = ep("127.0.0.1", 7005);
	int ear = udp("127.0.0.1", 7005), s = udp("127.0.0.1", 7001), pair[2];
	char *args[] = {
		"sh", "-c", "echo to seven >&7; test -e /proc/self/fd/4 || echo closed >&7", NULL};
	posix_spawn_file_actions_t acts;
	char text[100] = "";
	pid_t pid;

	MUST(pipe(pair));
	posix_spawn_file_actions_init(&acts);
	posix_spawn_file_actions_adddup2(&acts, pair[1], 7);
	posix_spawn_file_actions_addclose(&acts, s);
#if __GLIBC_PREREQ(2, 34)
	posix_spawn_file_actions_addclosefrom_np(&acts, 8);
#endif
	DID(posix_spawn(&pid, "/bin/sh", &acts, NULL, args, environ));
	close(pair[1]);
	say_child("child", pid);
	while (read(pair[0], text, sizeof(text) - 1) > 0) {
		say("%s", text);
		memset(text, 0, sizeof(text));
	}
	DID(posix_spawn(&pid, "/no/such", NULL, NULL, args, environ));
	DID(system("exit 5"));
	DID(sendto(s, SIP, SIP_LEN, 0, &to.sa, to.len));
	say_heard("ear", ear);
	say_open(12);
	return 0;
}
