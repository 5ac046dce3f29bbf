/* SPDX-License-Identifier: MIT */
/* A member with `device`: the packet leaves by that interface, though the routes say another. The
 * peer hears TCP port 5091 on its second interface only. */
/*ini
[bond:ext]
member = udp:10.0.4.1:5060 device vc
member = tcp:10.0.4.1:5060 device vc
[route:r]
to = 198.51.100.0/24
bond = ext
*/
/*expect
sendto = all
heard on M: peer saw 10.0.4.1:5060
sendto = all
heard on M: peer saw 10.0.4.1:5060
sendto = all
heard on floating: peer saw 10.0.4.1:*
5091: peer saw 10.0.4.1:*
5091: peer saw 10.0.4.1:*
peer: tcp 10.0.4.1:* > 198.51.100.9:5091: OPTIONS x2
peer: udp 10.0.4.1:* > 198.51.100.9:5060 via vd: OPTIONS
peer: udp 10.0.4.1:5060 > 198.51.100.9:5060 via vd: OPTIONS x2
*/
#include "dial.h"

int main(void)
{
	struct ep routed = ep(ROUTED4, 5060);
	int h = udp(H4, 5060), p = udp(H4, 5070), m = udp("10.0.4.1", 5060), u = udp("0.0.0.0", 0);

	ask("sendto", h, &routed, EARS({"H", h}, {"M", m}));
	ask("sendto", p, &routed, EARS({"P", p}, {"M", m}));
	ask("sendto", u, &routed, EARS({"floating", u}, {"M", m}));
	dial(ROUTED4, 5091);
	dial_from("0.0.0.0", ROUTED4, 5091);
	return 0;
}
