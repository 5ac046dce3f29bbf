/* SPDX-License-Identifier: MIT */
/* An IPv4 address given with the length of an IPv6 one, without its family, or in unaligned memory, is
 * an address all the same. */
/*expect
sendto = all
heard on M: peer saw 10.0.1.1:5060
sendmsg = all
heard on M: peer saw 10.0.1.1:5060
unaligned: all
heard on M: peer saw 10.0.1.1:5060
unspecified: all
heard on M: peer saw 10.0.1.1:5060
unspecified, sendmsg: all
heard on M: peer saw 10.0.1.1:5060
send = all
heard on floating: peer saw 10.0.1.1:*
probe is told 10.0.1.1:*
send = all
heard on stream: peer saw 10.0.1.1:*
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS
peer: udp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS x5
*/
#include "steer.h"

int main(void)
{
	struct ep long4 = ep(ROUTED4, 5060), e = ep(H4, 5060);
	int h = MUST(socket(AF_INET, SOCK_DGRAM, 0)), m = MUST(socket(AF_INET, SOCK_DGRAM, 0));
	int c = MUST(socket(AF_INET, SOCK_DGRAM, 0)), p = MUST(socket(AF_INET, SOCK_DGRAM, 0));
	int s = MUST(socket(AF_INET, SOCK_STREAM, 0));
	char room[40];
	struct ep unspec = long4;
	struct iovec iov = {(char *)SIP, SIP_LEN};
	struct msghdr msg = {.msg_name = &unspec.ss, .msg_namelen = 16, .msg_iov = &iov,
		.msg_iovlen = 1};

	MUST(bind(h, &e.sa, 28));
	e = ep(M4, 5060);
	MUST(bind(m, &e.sa, 28));
	long4.len = 28;
	ask("sendto", h, &long4, EARS({"H", h}, {"M", m}));
	ask("sendmsg", h, &long4, EARS({"H", h}, {"M", m}));
	memcpy(room + 1, &long4.ss, 16);
	say("unaligned: %s",
		sendto(h, SIP, SIP_LEN, 0, (void *)(room + 1), 16) > 0 ? "all" : "failed");
	hear(EARS({"H", h}, {"M", m}));
	unspec.ss.ss_family = AF_UNSPEC;
	say("unspecified: %s",
		sendto(h, SIP, SIP_LEN, 0, &unspec.sa, 16) > 0 ? "all" : "failed");
	hear(EARS({"H", h}, {"M", m}));
	say("unspecified, sendmsg: %s", sendmsg(h, &msg, 0) > 0 ? "all" : "failed");
	hear(EARS({"H", h}, {"M", m}));
	MUST(connect(c, &long4.sa, 28));
	ask("send", c, NULL, EARS({"floating", c}));
	MUST(connect(p, &long4.sa, 28));
	say_name("probe", p);
	e = ep("0.0.0.0", 0);
	MUST(bind(s, &e.sa, 28));
	MUST(connect(s, &long4.sa, 28));
	ask("send", s, NULL, EARS({"stream", s}));
	return 0;
}
