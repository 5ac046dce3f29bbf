/* SPDX-License-Identifier: MIT */
/* One sendmmsg() with routed and unrouted requests, a response and a test message. */
/*expect
sendmmsg = 6, lengths 205 205 16 4 205 205
heard M 3, H 2
headers untouched
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS x3
peer: udp 10.0.2.1:5060 > 198.51.100.9:5060: SIP/2.0
peer: udp 10.0.2.1:5060 > 198.51.100.9:5060: TEST
peer: udp 10.0.2.1:5060 > 203.0.113.9:5060: OPTIONS
*/
#include "steer.h"

int main(void)
{
	struct ep routed = ep(ROUTED4, 5060), other = ep(OTHER4, 5060);
	int h = udp(H4, 5060), m = udp(M4, 5060), heard[2] = {0, 0}, n;
	struct iovec sip = {(void *)SIP, SIP_LEN}, response = {"SIP/2.0 200 OK\r\n", 16},
		     test = {"TEST", 4};
	struct mmsghdr mm[6], before[6];
	const struct {
		struct ep *to;
		struct iovec *iov;
	} what[6] = {{&routed, &sip}, {&other, &sip}, {&routed, &response}, {&routed, &test},
		{&routed, &sip}, {&routed, &sip}};

	memset(mm, 0, sizeof(mm));
	for (int i = 0; i < 6; i++) {
		mm[i].msg_hdr.msg_name = &what[i].to->ss;
		mm[i].msg_hdr.msg_namelen = what[i].to->len;
		mm[i].msg_hdr.msg_iov = what[i].iov;
		mm[i].msg_hdr.msg_iovlen = 1;
	}
	memcpy(before, mm, sizeof(mm));
	n = sendmmsg(h, mm, 6, 0);
	say("sendmmsg = %d, lengths %u %u %u %u %u %u", n, mm[0].msg_len, mm[1].msg_len,
		mm[2].msg_len, mm[3].msg_len, mm[4].msg_len, mm[5].msg_len);
	for (int i = 0; i < 5; i++) {
		struct pollfd p[2] = {{.fd = m, .events = POLLIN}, {.fd = h, .events = POLLIN}};
		char text[600];

		if (poll(p, 2, 2000) <= 0)
			break;
		for (int k = 0; k < 2; k++)
			while (recv(p[k].fd, text, sizeof(text), MSG_DONTWAIT) > 0)
				heard[k]++;
		i = heard[0] + heard[1] - 1;
	}
	say("heard M %d, H %d", heard[0], heard[1]);
	for (int i = 0; i < 6; i++)
		mm[i].msg_len = 0;
	say("headers %s", memcmp(before, mm, sizeof(mm)) == 0 ? "untouched" : "changed");
	return 0;
}
