/* SPDX-License-Identifier: MIT */
/* What is no SIP leaves a client socket as it is; its first request moves it and keeps its port. */
/*expect
sendto = all
heard on it: peer saw 10.0.0.1:*
is 0.0.0.0:*
sendto = all
heard on it: peer saw 10.0.1.1:*
same port: yes
sendto = all
heard on it: peer saw 10.0.0.1:*
send = all
heard on it: peer saw 10.0.0.1:*
peer: udp 10.0.0.1:* > 198.51.100.9:5060: TEST
peer: udp 10.0.0.1:* > 203.0.113.9:5060: OPTIONS x2
peer: udp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS
*/
#include "steer.h"

int main(void)
{
	struct ep routed = ep(ROUTED4, 5060), other = ep(OTHER4, 5060), first, e;
	int s = MUST(socket(AF_INET, SOCK_DGRAM, 0)), u = MUST(socket(AF_INET, SOCK_DGRAM, 0));

	ask_data("sendto", s, &routed, "TEST", 4, EARS({"it", s}));
	first = seen;
	e = true_name(s);
	say("is %s", ep_text(&e));
	ask("sendto", s, &routed, EARS({"it", s}));
	say("same port: %s", ep_port(&first) == ep_port(&seen) ? "yes" : "no");
	ask("sendto", u, &other, EARS({"it", u}));
	MUST(connect(u, &other.sa, other.len));
	ask("send", u, NULL, EARS({"it", u}));
	return 0;
}
