/* SPDX-License-Identifier: MIT */
/* sendmmsg() that stops half way, with nothing, with too many. */
#include "../victim.h"

int main(void)
{
	struct ep to = ep("127.0.0.1", 7005);
	int s = udp("127.0.0.1", 7001), ear = udp("127.0.0.1", 7005), c;
	struct iovec good = {(void *)SIP, SIP_LEN}, bad = {(void *)8, 100};
	static struct mmsghdr mm[1100];

	for (int i = 0; i < 1100; i++)
		mm[i] = (struct mmsghdr){.msg_hdr = {.msg_name = &to.ss,
						 .msg_namelen = to.len,
						 .msg_iov = &good,
						 .msg_iovlen = 1},
			.msg_len = 0xdead};
	DID(sendmmsg(s, mm, 0, 0));
	DID(sendmmsg(s, NULL, 0, 0));
	DID(sendmmsg(s, mm, 3, 0));
	say("%u %u %u %#x", mm[0].msg_len, mm[1].msg_len, mm[2].msg_len, mm[3].msg_len);
	for (int i = 0; i < 4; i++)
		mm[i].msg_len = 0xdead;
	mm[1].msg_hdr.msg_iov = &bad;
	DID(sendmmsg(s, mm, 3, 0));
	say("%u %#x %#x", mm[0].msg_len, mm[1].msg_len, mm[2].msg_len);
	DID(sendmmsg(s, mm + 1, 2, 0));
	say("%#x", mm[1].msg_len);
	mm[1].msg_hdr.msg_iov = &good;
	mm[1].msg_hdr.msg_namelen = 3;
	DID(sendmmsg(s, mm, 3, 0));
	DID(sendmmsg(s, mm + 1, 2, 0));
	mm[1].msg_hdr.msg_namelen = to.len;
	for (int i = 0; i < 5; i++)
		say_heard("ear", ear);
	close(ear);
	DID(sendmmsg(s, mm, 1100, MSG_DONTWAIT)); /* the kernel takes 1024 */
	say("%u %#x", mm[1023].msg_len, mm[1024].msg_len);
	c = MUST(socket(AF_INET, SOCK_DGRAM, 0));
	MUST(connect(c, &to.sa, to.len));
	for (int i = 0; i < 4; i++)
		mm[i].msg_hdr.msg_name = NULL, mm[i].msg_hdr.msg_namelen = 0,
		mm[i].msg_len = 0xdead;
	DID(sendmmsg(c, mm, 3, 0)); /* nobody listens: the second meets the answer to the first */
	say("%u %#x %#x", mm[0].msg_len, mm[1].msg_len, mm[2].msg_len);
	DID(sendmmsg(c, mm, 1, 0));
	DID(sendmmsg(0, mm, 1, 0));
	return 0;
}
