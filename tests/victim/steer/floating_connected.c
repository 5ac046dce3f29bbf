/* SPDX-License-Identifier: MIT */
/* Connected client sockets: unbound, bound to port 0, and un-connected by AF_UNSPEC in between. */
/*victim
case: send sendto sendmsg sendmsg-bytes sendmmsg write writev writev-bytes
*/
/*expect
-- unbound
$CASE = all
heard on it: peer saw 10.0.1.1:*
port kept: yes
$CASE = all
heard on it: peer saw 10.0.1.1:*
port kept: yes
still connected to 198.51.100.9:5060
-- bound to 0.0.0.0:0
$CASE = all
heard on it: peer saw 10.0.1.1:*
port kept: yes
still connected to 198.51.100.9:5060
-- bound to 10.0.2.1:0
$CASE = all
heard on it: peer saw 10.0.1.1:*
port kept: yes
still connected to 198.51.100.9:5060
-- connected elsewhere before, AF_UNSPEC between
$CASE = all
heard on it: peer saw 10.0.1.1:*
port kept: yes
still connected to 198.51.100.9:5060
-- connected elsewhere before, nothing between
$CASE = all
heard on it: peer saw 10.0.1.1:*
port kept: yes
still connected to 198.51.100.9:5060
peer: udp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS x6
*/
#include "steer.h"

static const char *call;

static void talk(int s, int times)
{
	struct ep routed = ep(ROUTED4, 5060), e, peer = {.len = sizeof(peer.ss)};

	MUST(connect(s, &routed.sa, routed.len));
	e = true_name(s);
	while (times--) {
		ask(call, s, NULL, EARS({"it", s}));
		say("port kept: %s", ep_port(&seen) == ep_port(&e) ? "yes" : "no");
	}
	MUST(getpeername(s, &peer.sa, &peer.len));
	say("still connected to %s", ep_text(&peer));
	close(s);
}

int main(int argc, char **argv)
{
	struct ep other = ep(OTHER4, 5060);
	struct sockaddr unspec = {.sa_family = AF_UNSPEC};
	int s;

	(void)argc;
	call = argv[1];
	say("-- unbound");
	talk(MUST(socket(AF_INET, SOCK_DGRAM, 0)), 2);
	say("-- bound to 0.0.0.0:0");
	talk(udp("0.0.0.0", 0), 1);
	say("-- bound to 10.0.2.1:0");
	talk(udp(H4, 0), 1);
	say("-- connected elsewhere before, AF_UNSPEC between");
	s = MUST(socket(AF_INET, SOCK_DGRAM, 0));
	MUST(connect(s, &other.sa, other.len));
	MUST(connect(s, &unspec, sizeof(unspec)));
	talk(s, 1);
	say("-- connected elsewhere before, nothing between");
	s = MUST(socket(AF_INET, SOCK_DGRAM, 0));
	MUST(connect(s, &other.sa, other.len));
	talk(s, 1);
	return 0;
}
