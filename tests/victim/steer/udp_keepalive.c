/* SPDX-License-Identifier: MIT */
/* Keep-alives follow the flow that they keep alive: CRLF, NULs and STUN binding requests leave from
 * the member, unchanged (RFC 5626 3.5, 4.4). */
/*victim
case: same-port other-port wildcard
*/
/*expect
sendto = all
heard on M: peer saw 10.0.1.1:5060
-- CRLF
sendto = all
heard on M: peer saw 10.0.1.1:5060
-- CRLFCRLF
sendto = all
heard on M: peer saw 10.0.1.1:5060
-- one NUL
sendto = all
heard on M: peer saw 10.0.1.1:5060
-- four NULs
sendto = all
heard on M: peer saw 10.0.1.1:5060
-- STUN
sendto = all
heard on M: peer saw 10.0.1.1:5060
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: 1 bytes 00
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: 2 bytes 0d0a
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: 20 bytes 00010000
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: 4 bytes 00000000
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: 4 bytes 0d0a0d0a
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS
*/
#include "steer.h"

int main(int argc, char **argv)
{
	static const char stun[20] = "\0\1\0\0\x21\x12\xa4\x42"
				     "abcdefghijk";
	static const struct {
		const char *name, *data;
		size_t n;
	} all[] = {
		{"CRLF", "\r\n", 2},
		{"CRLFCRLF", "\r\n\r\n", 4},
		{"one NUL", "\0", 1},
		{"four NULs", "\0\0\0\0", 4},
		{"STUN", stun, 20},
	};
	bool any = argc > 1 && argv[1][0] == 'w';
	struct ep routed = ep(ROUTED4, 5060);
	int h = udp(any ? "0.0.0.0" : H4, argv[1][0] == 'o' ? 5070 : 5060),
	    m = any ? h : udp(M4, 5060);

	ask("sendto", h, &routed, EARS({"M", m}, {"H", h}));
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		say("-- %s", all[i].name);
		ask_data("sendto", h, &routed, all[i].data, all[i].n, EARS({"M", m}, {"H", h}));
	}
	return 0;
}
