/* SPDX-License-Identifier: MIT */
/* IPv4 listeners made as IPv6 sockets (v4-mapped): same port and other port. */
/*expect
sendto = all
heard on M: peer saw 10.0.1.1:5060
sendmsg = all
heard on M: peer saw 10.0.1.1:5060
sendto = all
heard on H: peer saw 10.0.2.1:5060
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS x2
peer: udp 10.0.2.1:5060 > 203.0.113.9:5060: OPTIONS
*/
#include "steer.h"

int main(void)
{
	struct ep routed = ep("::ffff:" ROUTED4, 5060), other = ep("::ffff:" OTHER4, 5060);
	int h = udp("::ffff:" H4, 5060), m = udp("::ffff:" M4, 5060), p = udp("::ffff:" H4, 5070);

	ask("sendto", h, &routed, EARS({"H", h}, {"M", m}));
	ask("sendmsg", p, &routed, EARS({"P", p}, {"M", m}));
	ask("sendto", h, &other, EARS({"H", h}, {"M", m}));
	return 0;
}
