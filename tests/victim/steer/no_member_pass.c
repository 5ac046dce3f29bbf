/* SPDX-License-Identifier: MIT */
/* no-member = pass: the host's own source, when no member fits. */
/*victim
unsteered: yes
*/
/*ini
[bond:ext]
member = udp:10.0.1.1:5060
member = tcp:10.0.1.1:5060
no-member = pass
[route:r]
to = 198.51.100.0/24, 2001:db8::/48
bond = ext
*/
/*expect
sendto = all
heard on H6: peer saw [fd00:2::1]:5060
sendto = all
heard on H: peer saw 10.0.2.1:5060
5060: peer saw [fd00::1]:*
peer: tcp [fd00::1]:* > [2001:db8::9]:5060: OPTIONS
peer: udp 10.0.2.1:5060 > 198.51.100.9:5060: OPTIONS
peer: udp [fd00:2::1]:5060 > [2001:db8::9]:5060: OPTIONS
*/
#include "dial.h"

int main(void)
{
	struct ep routed = ep(ROUTED4, 5060), routed6 = ep(ROUTED6, 5060);
	int h = udp(H4, 5060), h6 = udp(H6, 5060);

	ask("sendto", h6, &routed6, EARS({"H6", h6}));
	ask("sendto", h, &routed, EARS({"H", h}));
	dial(ROUTED6, 5060);
	return 0;
}
