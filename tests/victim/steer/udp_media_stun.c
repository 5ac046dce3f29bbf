/* SPDX-License-Identifier: MIT */
/* A media socket that never spoke SIP: its STUN checks and keep-alives are left alone. */
/*victim
unsteered: yes
*/
/*expect
sendto = all
heard on RTP: peer saw 10.0.2.1:4000
sendto = all
heard on RTP: peer saw 10.0.2.1:4000
sendto = all
heard on unbound: peer saw 10.0.0.1:*
peer: udp 10.0.0.1:* > 198.51.100.9:3478: 20 bytes 00010000
peer: udp 10.0.2.1:4000 > 198.51.100.9:4000: 20 bytes 00010000
peer: udp 10.0.2.1:4000 > 198.51.100.9:4000: 4 bytes 00000000
*/
#include "steer.h"

int main(void)
{
	static const char stun[20] = "\0\1\0\0\x21\x12\xa4\x42"
				     "abcdefghijk";
	struct ep media = ep(ROUTED4, 4000), server = ep(ROUTED4, 3478);
	int rtp = udp(H4, 4000), u = MUST(socket(AF_INET, SOCK_DGRAM, 0));

	udp(H4, 5060);
	udp(M4, 5060);
	ask_data("sendto", rtp, &media, stun, 20, EARS({"RTP", rtp}));
	ask_data("sendto", rtp, &media, "\0\0\0\0", 4, EARS({"RTP", rtp}));
	ask_data("sendto", u, &server, stun, 20, EARS({"unbound", u}));
	return 0;
}
