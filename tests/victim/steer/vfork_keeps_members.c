/* SPDX-License-Identifier: MIT */
/* A vfork child that closes the listeners and execs takes nothing from its parent, and makes no socket
 * known to it; what it connects itself is its own matter. */
/*expect
child: exit 0
5060: peer saw 10.0.1.1:*
sendto = all
heard on M: peer saw 10.0.1.1:5060
sendto = all
heard on M: peer saw 10.0.1.1:5060
spawned: exit 0
sendto = all
heard on M: peer saw 10.0.1.1:5060
sendto = all
heard on it: peer saw 10.0.1.1:*
peer: tcp 10.0.0.1:* > 198.51.100.9:5060: OPTIONS
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS
peer: udp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS x3
*/
#include "dial.h"

#include <spawn.h>

extern char **environ;

int main(void)
{
	struct ep routed = ep(ROUTED4, 5060);
	int h = udp(H4, 5060), p = udp(H4, 5070), m = udp(M4, 5060), u = udp("0.0.0.0", 0);
	char *args[] = {"true", NULL};
	posix_spawn_file_actions_t acts;
	struct ep third = ep(T4, 5060);
	volatile int s = -1, c = -1;
	pid_t pid;

	pid = vfork();
	if (pid == 0) {
		close(m);
		dup2(0, h);
		dup2(0, u);
		close_range(p, p, 0);
		s = socket(AF_INET, SOCK_STREAM, 0); /* has the number of m */
		c = socket(AF_INET, SOCK_DGRAM, 0);
		connect(c, &routed.sa, routed.len);
		connect(s, &routed.sa, routed.len);
		write(s, SIP, SIP_LEN);
		bind(socket(AF_INET, SOCK_DGRAM, 0), &third.sa, third.len);
		execl("/bin/true", "true", NULL);
		_exit(9);
	}
	say_child("child", pid);
	dial(ROUTED4, 5060);
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
