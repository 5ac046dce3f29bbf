/* SPDX-License-Identifier: MIT */
/* A host that sends from a fitting member stays there, also if it is not the first one. */
/*victim
unsteered: yes
*/
/*ini
[bond:ext]
member = udp:10.0.1.1:5060
member = udp:10.0.2.1:5060
[route:r]
to = 198.51.100.0/24
bond = ext
*/
/*expect
sendto = all
heard on H: peer saw 10.0.2.1:5060
sendto = all
heard on M: peer saw 10.0.1.1:5060
peer: udp 10.0.2.1:5060 > 198.51.100.9:5060: OPTIONS
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS
*/
#include "steer.h"

int main(void)
{
	struct ep routed = ep(ROUTED4, 5060);
	int h = udp(H4, 5060), m = udp(M4, 5060);

	ask("sendto", h, &routed, EARS({"H", h}, {"M", m}));
	ask("sendto", m, &routed, EARS({"H", h}, {"M", m}));
	return 0;
}
