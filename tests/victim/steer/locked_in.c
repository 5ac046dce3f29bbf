/* SPDX-License-Identifier: MIT */
/* The host drops its rights and its root directory after the start, and steers on. */
/*expect
sendto = all
heard on M: peer saw 10.0.1.1:5060
sendto = all
heard on floating: peer saw 10.0.1.1:*
5060: peer saw 10.0.1.1:*
grandchild
sendto = all
heard on M: peer saw 10.0.1.1:5060
grandchild: exit 0
child: exit 0
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS
peer: udp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS x2
*/
#include "dial.h"

#include <grp.h>

int main(void)
{
	struct ep routed = ep(ROUTED4, 5060);
	char dir[] = "/tmp/victim-XXXXXX";
	int h, m, u;
	pid_t pid, pid2;

	if (!mkdtemp(dir))
		die("mkdtemp");
	pid = fork();
	if (pid == 0) {
		h = udp(H4, 5060), m = udp(M4, 5060);
		MUST(chroot(dir));
		MUST(chdir("/"));
		MUST(setgroups(0, NULL));
		MUST(setgid(65534));
		MUST(setuid(65534));
		ask("sendto", h, &routed, EARS({"H", h}, {"M", m}));
		u = MUST(socket(AF_INET, SOCK_DGRAM, 0));
		ask("sendto", u, &routed, EARS({"floating", u}, {"M", m}));
		dial_from("0.0.0.0", ROUTED4, 5060);
		pid2 = fork();
		if (pid2 == 0) {
			say("grandchild");
			ask("sendto", h, &routed, EARS({"H", h}, {"M", m}));
			_exit(0);
		}
		say_child("grandchild", pid2);
		_exit(0);
	}
	say_child("child", pid);
	MUST(rmdir(dir));
	return 0;
}
