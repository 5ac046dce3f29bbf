/* SPDX-License-Identifier: MIT */
/* `socket`: the host chooses a bond by the socket it sends from; a connection by what it is bound
 * to, or by the first listener of its kind. */
/*ini
[bond:ext]
member = udp:10.0.1.1:5060
member = tcp:10.0.1.1:5060
[route:udp]
socket = udp:10.0.2.1:5060, udp:10.0.2.1:5070
to = 198.51.100.0/24
bond = ext
[route:tcp]
socket = tcp:10.0.2.1:5060
to = 198.51.100.0/24
bond = ext
*/
/*expect
sendto = all
heard on M: peer saw 10.0.1.1:5060
sendto = all
heard on M: peer saw 10.0.1.1:5060
sendto = all
heard on T: peer saw 10.0.3.1:5060
sendto = all
heard on floating: peer saw 10.0.0.1:*
5060: peer saw 10.0.1.1:*
5060: peer saw 10.0.1.1:*
5060: peer saw 10.0.1.1:*
5060: peer saw 10.0.3.1:*
5060: peer saw 10.0.0.1:*
peer: tcp 10.0.0.1:* > 203.0.113.9:5060: OPTIONS
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS x3
peer: tcp 10.0.3.1:* > 198.51.100.9:5060: OPTIONS
peer: udp 10.0.0.1:* > 198.51.100.9:5060: OPTIONS
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS x2
peer: udp 10.0.3.1:5060 > 198.51.100.9:5060: OPTIONS
*/
#include "dial.h"

int main(void)
{
	struct ep routed = ep(ROUTED4, 5060);
	int h = udp(H4, 5060), p = udp(H4, 5070), m = udp(M4, 5060), t = udp(T4, 5060);
	int u = MUST(socket(AF_INET, SOCK_DGRAM, 0));

	tcp_listener(H4, 5060);
	tcp_listener(T4, 5060);
	ask("sendto", h, &routed, EARS({"H", h}, {"M", m}, {"T", t}, {"P", p}));
	ask("sendto", p, &routed, EARS({"H", h}, {"M", m}, {"T", t}, {"P", p}));
	ask("sendto", t, &routed, EARS({"H", h}, {"M", m}, {"T", t}, {"P", p}));
	ask("sendto", u, &routed, EARS({"floating", u}, {"M", m}));
	dial(ROUTED4, 5060);
	dial_from("0.0.0.0", ROUTED4, 5060);
	dial_from(H4, ROUTED4, 5060);
	dial_from(T4, ROUTED4, 5060);
	dial(OTHER4, 5060);
	return 0;
}
