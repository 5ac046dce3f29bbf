/* SPDX-License-Identifier: MIT */
/* A vfork child that closes the listeners and execs takes nothing from its parent. */
/*expect
child: exit 0
sendto = all
heard on M: peer saw 10.0.1.1:5060
sendto = all
heard on M: peer saw 10.0.1.1:5060
spawned: exit 0
sendto = all
heard on M: peer saw 10.0.1.1:5060
sendto = all
heard on it: peer saw 10.0.1.1:*
peer: udp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS x3
*/
#include "steer.h"

#include <spawn.h>

extern char **environ;

int main(void)
{
	struct ep routed = ep(ROUTED4, 5060);
	int h = udp(H4, 5060), p = udp(H4, 5070), m = udp(M4, 5060), u = udp("0.0.0.0", 0);
	char *args[] = {"true", NULL};
	posix_spawn_file_actions_t acts;
	pid_t pid;

	pid = vfork();
	if (pid == 0) {
		close(m);
		dup2(0, h);
		dup2(0, u);
		close_range(p, p, 0);
		execl("/bin/true", "true", NULL);
		_exit(9);
	}
	say_child("child", pid);
	ask("sendto", h, &routed, EARS({"H", h}, {"M", m}));
	ask("sendto", p, &routed, EARS({"P", p}, {"M", m}));
	posix_spawn_file_actions_init(&acts);
	posix_spawn_file_actions_addclose(&acts, m);
	posix_spawn_file_actions_adddup2(&acts, 0, h);
	MUST(posix_spawn(&pid, "/bin/true", &acts, NULL, args, environ) == 0 ? 0 : -1);
	say_child("spawned", pid);
	ask("sendto", h, &routed, EARS({"H", h}, {"M", m}));
	ask("sendto", u, &routed, EARS({"it", u}, {"M", m}));
	return 0;
}
