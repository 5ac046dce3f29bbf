/* SPDX-License-Identifier: MIT */
/* A client socket is shared by a host's processes, which send on it one after the other. */
/*victim
case: unbound any0 connected
*/
/*expect
child 0
send = all
heard on it: peer saw 10.0.1.1:*
child: exit 0
child 1
send = all
heard on it: peer saw 10.0.1.1:*
child: exit 0
parent
send = all
heard on it: peer saw 10.0.1.1:*
peer: udp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS x3
*/
#include "steer.h"

int main(int argc, char **argv)
{
	struct ep routed = ep(ROUTED4, 5060);
	bool connected = argc > 1 && argv[1][0] == 'c';
	int s = argv[1][0] == 'a' ? udp("0.0.0.0", 0) : MUST(socket(AF_INET, SOCK_DGRAM, 0));

	if (connected)
		MUST(connect(s, &routed.sa, routed.len));
	for (int i = 0; i < 3; i++) {
		pid_t pid = i < 2 ? fork() : 0;

		if (pid == 0) {
			ssize_t n;

			say(i < 2 ? "child %d" : "parent", i);
			n = connected ? send(s, SIP, SIP_LEN, 0)
				      : sendto(s, SIP, SIP_LEN, 0, &routed.sa, routed.len);
			say("send = %s", n == (ssize_t)SIP_LEN ? "all" : strerrorname_np(errno));
			hear(EARS({"it", s}));
			if (i < 2)
				_exit(0);
		} else {
			say_child("child", pid);
		}
	}
	return 0;
}
