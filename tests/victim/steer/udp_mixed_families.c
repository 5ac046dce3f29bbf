/* SPDX-License-Identifier: MIT */
/* The host sends from an IPv4 socket while the member's listener is an IPv6 (v4-mapped) one, and
 * the other way round. */
/*expect
sendto = all
heard on M: peer saw 10.0.1.1:5060
sendto = all
heard on M: peer saw 10.0.1.1:5060
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS x2
*/
#include "steer.h"

int main(void)
{
	struct ep routed = ep(ROUTED4, 5060), mapped = ep("::ffff:" ROUTED4, 5060);
	int h = udp(H4, 5070), m = udp("::ffff:" M4, 5060);

	ask("sendto", h, &routed, EARS({"H", h}, {"M", m}));
	close(m);
	close(h);
	h = udp("::ffff:" H4, 5070), m = udp(M4, 5060);
	ask("sendto", h, &mapped, EARS({"H", h}, {"M", m}));
	return 0;
}
