/* SPDX-License-Identifier: MIT */
/* [host] no-route = fail: a request that no route matches does not leave; others do. */
/*ini
[host]
no-route = fail
[bond:ext]
member = udp:10.0.1.1:5060
[route:none]
to = 203.0.113.9:5070
bond = none
[route:r]
to = 198.51.100.0/24
bond = ext
*/
/*expect
sendto = -1 ENETUNREACH
sendmmsg = -1 ENETUNREACH
sendto = all
heard on M: peer saw 10.0.1.1:5060
sendto = all
heard on H: peer saw 10.0.2.1:5060
sendto = all
heard on H: peer saw 10.0.2.1:5060
sendto = all
sendto = all
M hears 205 "OPTIONS" from 10.0.2.1:5060
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS
peer: udp 10.0.2.1:5060 > 203.0.113.9:5060: SIP/2.0
peer: udp 10.0.2.1:5060 > 203.0.113.9:5060: TEST
peer: udp 10.0.2.1:5060 > 203.0.113.9:5070: OPTIONS
*/
#include "steer.h"

int main(void)
{
	struct ep routed = ep(ROUTED4, 5060), other = ep(OTHER4, 5060), none = ep(OTHER4, 5070);
	struct ep own = ep(M4, 5060);
	int h = udp(H4, 5060), m = udp(M4, 5060);

	ask("sendto", h, &other, NULL);
	ask("sendmmsg", h, &other, NULL);
	ask("sendto", h, &routed, EARS({"H", h}, {"M", m}));
	ask("sendto", h, &none, EARS({"H", h}, {"M", m}));
	ask_data("sendto", h, &other, "TEST", 4, EARS({"H", h}, {"M", m}));
	ask_data("sendto", h, &other, "SIP/2.0 200 OK\r\n\r\n", 18, NULL);
	ask("sendto", h, &own, NULL);
	say_heard("M", m);
	return 0;
}
