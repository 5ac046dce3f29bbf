/* SPDX-License-Identifier: MIT */
/* What is no SIP request is left alone on a routed way: tests, RTP, DNS, HTTP, responses, nonsense
 * that begins like SIP, and an empty datagram. */
/*victim
unsteered: yes
*/
/*expect
-- TEST
sendto = all
heard on H: peer saw 10.0.2.1:5060
-- RTP
sendto = all
heard on H: peer saw 10.0.2.1:5060
-- DNS
sendto = all
heard on H: peer saw 10.0.2.1:5060
-- HTTP
sendto = all
heard on H: peer saw 10.0.2.1:5060
-- other SIP version
sendto = all
heard on H: peer saw 10.0.2.1:5060
-- five NULs
sendto = all
heard on H: peer saw 10.0.2.1:5060
-- STUN answer
sendto = all
heard on H: peer saw 10.0.2.1:5060
-- empty
sendto = all
heard on H: peer saw 10.0.2.1:5060
-- response
sendto = all
peer: udp 10.0.2.1:5060 > 198.51.100.9:5060: 12 bytes 80000001
peer: udp 10.0.2.1:5060 > 198.51.100.9:5060: 20 bytes 01010000
peer: udp 10.0.2.1:5060 > 198.51.100.9:5060: 29 bytes 12340100
peer: udp 10.0.2.1:5060 > 198.51.100.9:5060: 5 bytes 00000000
peer: udp 10.0.2.1:5060 > 198.51.100.9:5060: GET
peer: udp 10.0.2.1:5060 > 198.51.100.9:5060: INVITE
peer: udp 10.0.2.1:5060 > 198.51.100.9:5060: SIP/2.0
peer: udp 10.0.2.1:5060 > 198.51.100.9:5060: TEST
peer: udp 10.0.2.1:5060 > 198.51.100.9:5060: nothing
*/
#include "steer.h"

int main(void)
{
	static const char rtp[12] = {(char)0x80, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3};
	static const char dns[] = "\x12\x34\1\0\0\1\0\0\0\0\0\0\7example\3com\0\0\1\0\1";
	static const char stun[20] = "\1\1\0\0\x21\x12\xa4\x42"
				     "abcdefghijk";
	static const struct {
		const char *name, *data;
		size_t n;
	} all[] = {
		{"TEST", "TEST", 4},
		{"RTP", rtp, 12},
		{"DNS", dns, 29},
		{"HTTP", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27},
		{"other SIP version", "INVITE sip:a@b HTTP/2.0\r\n\r\n", 27},
		{"five NULs", "\0\0\0\0\0", 5},
		{"STUN answer", stun, 20},
		{"empty", "", 0},
		{"response", "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 198.51.100.9\r\n\r\n", 49},
	};
	struct ep routed = ep(ROUTED4, 5060);
	int h = udp(H4, 5060), m = udp(M4, 5060);

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		say("-- %s", all[i].name);
		ask_data("sendto", h, &routed, all[i].data, all[i].n,
			all[i].name[0] == 'r' ? NULL : EARS({"H", h}, {"M", m}));
	}
	return 0;
}
