/* SPDX-License-Identifier: MIT */
/* sendmsg() with wrong addresses, vectors and control data. */
#include "../victim.h"

int main(void)
{
	struct ep good = ep("127.0.0.1", 7005);
	int s = udp("127.0.0.1", 7001), ear = udp("127.0.0.1", 7005);
	struct iovec one = {(void *)SIP, SIP_LEN};
	static struct iovec many[1025];
	union {
		struct cmsghdr head;
		char bytes[256];
	} control;
	struct msghdr m = {.msg_name = &good.ss,
			      .msg_namelen = good.len,
			      .msg_iov = &one,
			      .msg_iovlen = 1},
		      bad;

	for (int i = 0; i < 1025; i++)
		many[i] = (struct iovec){(char *)SIP + i % SIP_LEN, 1};
	DID(sendmsg(s, NULL, 0));
	DID(sendmsg(s, (void *)8, 0));
	DID(sendmsg(s, (void *)0xffff800000000000, 0));
	bad = m, bad.msg_name = NULL;
	DID(sendmsg(s, &bad, 0));
	bad.msg_namelen = 0;
	DID(sendmsg(s, &bad, 0));
	bad = m, bad.msg_namelen = 0;
	DID(sendmsg(s, &bad, 0));
	bad = m, bad.msg_namelen = 3;
	DID(sendmsg(s, &bad, 0));
	bad = m, bad.msg_namelen = -1;
	DID(sendmsg(s, &bad, 0));
	bad = m, bad.msg_namelen = 4096;
	DID(sendmsg(s, &bad, 0));
	say_heard("ear", ear); /* the kernel cuts msg_namelen instead of refusing it */
	bad = m, bad.msg_name = (void *)8;
	DID(sendmsg(s, &bad, 0));
	bad = m, bad.msg_iov = NULL;
	DID(sendmsg(s, &bad, 0));
	bad = m, bad.msg_iov = (void *)8;
	DID(sendmsg(s, &bad, 0));
	bad = m, bad.msg_iov = NULL, bad.msg_iovlen = 0;
	DID(sendmsg(s, &bad, 0));
	say_heard("ear", ear);
	bad = m, bad.msg_iov = many, bad.msg_iovlen = 1024;
	DID(sendmsg(s, &bad, 0));
	say_heard("ear", ear);
	bad.msg_iovlen = 1025;
	DID(sendmsg(s, &bad, 0));
	bad.msg_iovlen = (size_t)-1;
	DID(sendmsg(s, &bad, 0));
	many[3] = (struct iovec){(void *)8, 5};
	bad = m, bad.msg_iov = many, bad.msg_iovlen = 6;
	DID(sendmsg(s, &bad, 0));
	many[0] = (struct iovec){(void *)8, 5};
	DID(sendmsg(s, &bad, 0));
	many[0] = (struct iovec){(char *)SIP, (size_t)-1};
	DID(sendmsg(s, &bad, 0));
	many[0] = (struct iovec){NULL, 0};
	many[3] = (struct iovec){(void *)8, 0};
	DID(sendmsg(s, &bad, 0));
	say_heard("ear", ear);

	memset(&control, 0, sizeof(control));
	bad = m, bad.msg_control = &control, bad.msg_controllen = 1;
	DID(sendmsg(s, &bad, 0));
	say_heard("ear", ear);
	bad.msg_controllen = sizeof(control);
	DID(sendmsg(s, &bad, 0));
	control.head =
		(struct cmsghdr){.cmsg_len = 1000, .cmsg_level = IPPROTO_IP, .cmsg_type = IP_TOS};
	DID(sendmsg(s, &bad, 0));
	control.head = (struct cmsghdr){
		.cmsg_len = CMSG_LEN(4), .cmsg_level = IPPROTO_IP, .cmsg_type = 9999};
	bad.msg_controllen = CMSG_SPACE(4);
	DID(sendmsg(s, &bad, 0));
	control.head.cmsg_type = IP_TOS;
	DID(sendmsg(s, &bad, 0));
	say_heard("ear", ear);
	bad.msg_control = (void *)8;
	DID(sendmsg(s, &bad, 0));
	bad.msg_controllen = (size_t)-1;
	DID(sendmsg(s, &bad, 0));
	bad = m, bad.msg_flags = 0x7fffffff;
	DID(sendmsg(s, &bad, 0));
	say_heard("ear", ear);
	DID(sendmsg(s, &m, MSG_OOB));
	DID(sendmsg(s, &m, MSG_DONTWAIT | MSG_NOSIGNAL | MSG_CONFIRM));
	say_heard("ear", ear);
	say_heard_in(SILENCE, "ear", ear);
	return 0;
}
