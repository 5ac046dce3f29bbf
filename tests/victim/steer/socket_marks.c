/* SPDX-License-Identifier: MIT */
/* What the host set on its socket (its TOS) is on the packet that leaves by the member's
 * descriptor, and a change of it is noticed; without one the member's own stays out of the way. */
/*expect
0x20: heard on M
0x20: heard on M
0x40: heard on M
0: heard on M
0x40 v6: heard on M6
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060 tos 0x20: OPTIONS x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060 tos 0x40: OPTIONS
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS
peer: udp [fd00:1::1]:5060 > [2001:db8::9]:5060 tos 0x40: OPTIONS
*/
#include "steer.h"

static void act(const char *what, int from, const char *to, int ear, const char *name)
{
	struct ep dst = ep(to, 5060);
	char text[600];

	MUST(sendto(from, SIP, SIP_LEN, 0, &dst.sa, dst.len));
	wait_readable(ear);
	say("%s: %s%s", what,
		recv(ear, text, sizeof(text), MSG_DONTWAIT) > 0 ? "heard on " : "not heard on ",
		name);
}

int main(void)
{
	int h = udp(H4, 5070), m = udp(M4, 5060), h6 = udp(H6, 5070), m6 = udp(M6, 5060);

	MUST(setsockopt(h, IPPROTO_IP, IP_TOS, &(int){0x20}, sizeof(int)));
	act("0x20", h, ROUTED4, m, "M");
	act("0x20", h, ROUTED4, m, "M");
	MUST(setsockopt(h, IPPROTO_IP, IP_TOS, &(int){0x40}, sizeof(int)));
	act("0x40", h, ROUTED4, m, "M");
	MUST(setsockopt(h, IPPROTO_IP, IP_TOS, &(int){0}, sizeof(int)));
	act("0", h, ROUTED4, m, "M");
	MUST(setsockopt(h6, IPPROTO_IPV6, IPV6_TCLASS, &(int){0x40}, sizeof(int)));
	act("0x40 v6", h6, ROUTED6, m6, "M6");
	return 0;
}
