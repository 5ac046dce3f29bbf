/* SPDX-License-Identifier: MIT */
/* UDP listeners that came by SCM_RIGHTS may send, but are no members: whether this process hears on
 * them is not known. */
/*expect
H passed, M its own
sendto = all
heard on M: peer saw 10.0.1.1:5060
H and M passed
sendto = -1 ENETUNREACH
sendto = all
heard on M: peer saw 10.0.1.1:5060
a passed wildcard
sendto = all
heard on ANY: peer saw 10.0.1.1:5060
child: exit 0
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS x3
*/
#include "steer.h"

static int child(int over)
{
	struct ep routed = ep(ROUTED4, 5060);
	int got[2], own;

	say("H passed, M its own");
	MUST(take_fds(over, got, 1, 0, NULL));
	own = udp(M4, 5060);
	ask("sendto", got[0], &routed, EARS({"H", got[0]}, {"M", own}));
	close(own);
	close(got[0]);
	MUST(write(over, "", 1));
	say("H and M passed");
	MUST(take_fds(over, got, 2, 0, NULL));
	ask("sendto", got[0], &routed, EARS({"H", got[0]}, {"M", got[1]}));
	ask("sendto", got[1], &routed, EARS({"H", got[0]}, {"M", got[1]}));
	close(got[0]);
	close(got[1]);
	MUST(write(over, "", 1));
	say("a passed wildcard");
	MUST(take_fds(over, got, 1, 0, NULL));
	ask("sendto", got[0], &routed, EARS({"ANY", got[0]}));
	return 0;
}

int main(void)
{
	int over[2], h, m;
	pid_t pid;

	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, over));
	pid = MUST(fork());
	if (pid == 0) {
		close(over[0]);
		_exit(child(over[1]));
	}
	close(over[1]);
	h = udp(H4, 5060);
	MUST(pass_fds(over[0], &h, 1));
	MUST(read(over[0], &(char){0}, 1));
	m = udp(M4, 5060);
	MUST(pass_fds(over[0], (int[]){h, m}, 2));
	close(h);
	close(m);
	MUST(read(over[0], &(char){0}, 1));
	h = udp("0.0.0.0", 5060);
	MUST(pass_fds(over[0], &h, 1));
	close(h);
	say_child("child", pid);
	return 0;
}
