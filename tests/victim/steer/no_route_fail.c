/* SPDX-License-Identifier: MIT */
/* [host] no-route = fail: a request that no route matches does not leave, nor does by a socket of SIP what
 * could be taken for one; others do, and all that is sent by a socket of another kind. */
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
sendto = -1 ENETUNREACH
sendto = -1 ENETUNREACH
sendto = -1 ENETUNREACH
sendto = -1 ENETUNREACH
sendto = all
heard on H: peer saw 10.0.2.1:5060
sendto = all
heard on H: peer saw 10.0.2.1:5060
sendto = all
sendto = all
heard on media: peer saw 10.0.2.1:30000
sendto = all
M hears 224 "OPTIONS" from 10.0.2.1:5060
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS
peer: udp 10.0.2.1:5060 > 203.0.113.9:5060: SIP/2.0
peer: udp 10.0.2.1:30000 > 203.0.113.9:5060: text
peer: udp 10.0.2.1:5060 > 203.0.113.9:5060: 20 bytes 00010000
peer: udp 10.0.2.1:5060 > 203.0.113.9:5070: OPTIONS
peer: udp 10.0.2.1:5060 > 203.0.113.9:5070: TEST
*/
#include "steer.h"

int main(void)
{
	struct ep routed = ep(ROUTED4, 5060), other = ep(OTHER4, 5060), none = ep(OTHER4, 5070);
	struct ep own = ep(M4, 5060);
	int h = udp(H4, 5060), m = udp(M4, 5060), media = udp(H4, 30000);
	static const char text[71] = "text xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

	ask("sendto", h, &other, NULL);
	ask("sendmmsg", h, &other, NULL);
	ask("sendto", h, &routed, EARS({"H", h}, {"M", m}));
	ask("sendto", h, &none, EARS({"H", h}, {"M", m}));
	ask_data("sendto", h, &other, "TEST", 4, NULL);
	ask_data("sendto", h, &other, text, 70, NULL);
	ask_data("sendto", h, &other, "GET sip:a SIP\r\nVia: SIP/2.0/UDP a\r\n\r\n", 36, NULL);
	ask_data("sendto", h, &other, "\x80\x01", 2, NULL);
	ask_data("sendto", h, &none, "TEST", 4, EARS({"H", h}, {"M", m}));
	ask_data("sendto", h, &other, "\0\1\0\0\x21\x12\xa4\x42" "123456789012", 20, EARS({"H", h}));
	ask_data("sendto", h, &other, "SIP/2.0 200 OK\r\n\r\n", 18, NULL);
	ask_data("sendto", media, &other, text, 70, EARS({"media", media}));
	ask("sendto", h, &own, NULL);
	say_heard("M", m);
	return 0;
}
