/* SPDX-License-Identifier: MIT */
/* Client sockets of a host that has listeners, the member among them: they still hear their answers
 * themselves. */
/*expect
sendto = all
heard on it: peer saw 10.0.1.1:*
send = all
heard on it: peer saw 10.0.1.1:*
sendto = all
heard on M: peer saw 10.0.1.1:5060
peer: udp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS
*/
#include "steer.h"

int main(void)
{
	struct ep routed = ep(ROUTED4, 5060);
	int h = udp(H4, 5060), m = udp(M4, 5060), s = udp("0.0.0.0", 0),
	    c = MUST(socket(AF_INET, SOCK_DGRAM, 0));

	ask("sendto", s, &routed, EARS({"it", s}, {"M", m}, {"H", h}));
	MUST(connect(c, &routed.sa, routed.len));
	ask("send", c, NULL, EARS({"it", c}, {"M", m}, {"H", h}));
	ask("sendto", h, &routed, EARS({"it", c}, {"M", m}, {"H", h}));
	return 0;
}
