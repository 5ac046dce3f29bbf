/* SPDX-License-Identifier: MIT */
/* The first matching route wins: bond = none, address and port, address, prefix. */
/*ini
[bond:ext]
member = udp:10.0.1.1:5060
member = tcp:10.0.1.1:5060
[bond:int]
member = udp:10.0.3.1:5060
member = tcp:10.0.3.1:5060
[route:none]
to = 198.51.100.9:5070
bond = none
[route:port]
to = 198.51.100.9:5090, 203.0.113.9:5060
bond = INT
[route:r]
to = 198.51.100.0/24
bond = ext
[route:never]
to = 198.51.100.9
bond = int
*/
/*expect
sendto = all
heard on H: peer saw 10.0.2.1:5060
sendto = all
heard on T: peer saw 10.0.3.1:5060
sendto = all
heard on M: peer saw 10.0.1.1:5060
sendto = all
heard on T: peer saw 10.0.3.1:5060
sendto = all
heard on H: peer saw 10.0.2.1:5060
5070: peer saw 10.0.0.1:*
5080: peer saw 10.0.1.1:*
5060: peer saw 10.0.3.1:*
peer: tcp 10.0.0.1:* > 198.51.100.9:5070: OPTIONS
peer: tcp 10.0.1.1:* > 198.51.100.9:5080: OPTIONS
peer: tcp 10.0.3.1:* > 203.0.113.9:5060: OPTIONS
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS
peer: udp 10.0.2.1:5060 > 198.51.100.9:5070: OPTIONS
peer: udp 10.0.2.1:5060 > 203.0.113.9:5070: OPTIONS
peer: udp 10.0.3.1:5060 > 198.51.100.9:5090: OPTIONS
peer: udp 10.0.3.1:5060 > 203.0.113.9:5060: OPTIONS
*/
#include "dial.h"

int main(void)
{
	struct ep to[] = {ep(ROUTED4, 5070), ep(ROUTED4, 5090), ep(ROUTED4, 5060), ep(OTHER4, 5060),
		ep(OTHER4, 5070)};
	int h = udp(H4, 5060), m = udp(M4, 5060), t = udp(T4, 5060);

	for (int i = 0; i < 5; i++)
		ask("sendto", h, &to[i], EARS({"H", h}, {"M", m}, {"T", t}));
	dial(ROUTED4, 5070);
	dial(ROUTED4, 5080);
	dial(OTHER4, 5060);
	return 0;
}
