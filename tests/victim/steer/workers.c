/* SPDX-License-Identifier: MIT */
/* Worker processes steer alike; a listener that one of them closes is no member there, and stays
 * one in the others. */
/*victim
case: fork _fork clone
*/
/*expect
parent
sendto = all
heard on M: peer saw 10.0.1.1:5060
5060: peer saw 10.0.1.1:*
worker 0
sendto = all
heard on M: peer saw 10.0.1.1:5060
5060: peer saw 10.0.1.1:*
worker: exit 0
worker 1
sendto = all
heard on M: peer saw 10.0.1.1:5060
5060: peer saw 10.0.1.1:*
worker: exit 0
worker 2 closes M
sendto = -1 ENETUNREACH
grandchild
sendto = -1 ENETUNREACH
grandchild: exit 0
5060: peer saw 10.0.1.1:*
worker: exit 0
parent
sendto = all
heard on M: peer saw 10.0.1.1:5060
5060: peer saw 10.0.1.1:*
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS x5
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS x4
*/
#include "dial.h"

static int h, m;

static void act(void)
{
	struct ep routed = ep(ROUTED4, 5060);

	ask("sendto", h, &routed, EARS({"H", h}, {"M", m}));
	dial(ROUTED4, 5060);
}

int main(int argc, char **argv)
{
	struct ep routed = ep(ROUTED4, 5060);

	(void)argc;
	h = udp(H4, 5060), m = udp(M4, 5060);
	say("parent");
	act();
	for (int i = 0; i < 3; i++) {
		pid_t pid = argv[1][0] == 'f'   ? fork()
			    : argv[1][0] == '_' ? _Fork()
						: (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

		if (pid == 0 && i < 2) {
			say("worker %d", i);
			act();
			_exit(0);
		}
		if (pid == 0) {
			say("worker %d closes M", i);
			close(m);
			ask("sendto", h, &routed, EARS({"H", h}));
			pid = fork();
			if (pid == 0) {
				say("grandchild");
				ask("sendto", h, &routed, EARS({"H", h}));
				_exit(0);
			}
			say_child("grandchild", pid);
			dial(ROUTED4, 5060);
			_exit(0);
		}
		say_child("worker", pid);
	}
	say("parent");
	act();
	return 0;
}
