/* SPDX-License-Identifier: MIT */
/* Sockets inherited over exec: they may send, their own source counts, and a stream connects. */
/*expect
H inherited, M its own
sendto = all
heard on M: peer saw 10.0.1.1:5060
a member inherited
sendto = all
heard on N: peer saw 10.0.1.1:5070
a floating one inherited
sendto = all
heard on it: peer saw 10.0.1.1:*
streams inherited
heard on it: peer saw 10.0.1.1:*
heard on it: peer saw 10.0.1.1:*
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS x2
peer: udp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS
peer: udp 10.0.1.1:5070 > 198.51.100.9:5060: OPTIONS
*/
/*ini
[bond:ext]
member = udp:10.0.1.1:5060
member = udp:10.0.1.1:5070
member = tcp:10.0.1.1:5060
[route:carriers]
to = 198.51.100.0/24, 2001:db8::/48
bond = ext
*/
#include "steer.h"

int main(int argc, char **argv)
{
	struct ep routed = ep(ROUTED4, 5060);
	int h = 3, n = 4, u = 5, s = 6, b = 7, m;

	if (argc == 1) {
		char *args[] = {argv[0], "again", NULL};

		udp(H4, 5060);
		udp(M4, 5070);
		udp("0.0.0.0", 0);
		MUST(socket(AF_INET, SOCK_STREAM, 0));
		bound(SOCK_STREAM, "0.0.0.0", 0);
		execv("/proc/self/exe", args);
		die("exec");
	}
	say("H inherited, M its own");
	m = udp(M4, 5060);
	ask("sendto", h, &routed, EARS({"H", h}, {"M", m}, {"N", n}));
	say("a member inherited");
	ask("sendto", n, &routed, EARS({"H", h}, {"M", m}, {"N", n}));
	say("a floating one inherited");
	ask("sendto", u, &routed, EARS({"it", u}, {"M", m}));
	say("streams inherited");
	for (; s <= b; s++) {
		MUST(connect(s, &routed.sa, routed.len));
		MUST(send(s, SIP, SIP_LEN, 0));
		hear(EARS({"it", s}));
	}
	return 0;
}
