/* SPDX-License-Identifier: MIT */
/* A member that is named by its interface: every address of it, link-local ones left out. */
/*ini
[bond:ext]
member = udp:vc:5060
member = tcp:vc
[route:r]
to = 198.51.100.0/24, 2001:db8::/48, fe80::/10
bond = ext
*/
/*expect
sendto = all
heard on M: peer saw 10.0.4.1:5060
sendto = all
heard on M6: peer saw [fd00:4::1]:5060
5060: peer saw 10.0.4.1:*
5060: peer saw [fd00:4::1]:*
peer: tcp 10.0.4.1:* > 198.51.100.9:5060: OPTIONS
peer: tcp [fd00:4::1]:* > [2001:db8::9]:5060: OPTIONS
peer: udp 10.0.4.1:5060 > 198.51.100.9:5060: OPTIONS
peer: udp [fd00:4::1]:5060 > [2001:db8::9]:5060: OPTIONS
*/
#include "dial.h"

int main(void)
{
	struct ep routed = ep(ROUTED4, 5060), routed6 = ep(ROUTED6, 5060);
	int h = udp(H4, 5060), m = udp("10.0.4.1", 5060), h6 = udp(H6, 5060),
	    m6 = udp("fd00:4::1", 5060);

	ask("sendto", h, &routed, EARS({"H", h}, {"M", m}));
	ask("sendto", h6, &routed6, EARS({"H6", h6}, {"M6", m6}));
	dial(ROUTED4, 5060);
	dial(ROUTED6, 5060);
	return 0;
}
