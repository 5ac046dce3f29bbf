/* SPDX-License-Identifier: MIT */
/* Datagrams of no bytes by every call, and that they arrive. */
/*victim
opened: filter
*/
#include "../victim.h"

int main(void)
{
	struct ep to = ep("127.0.0.1", 7005);
	int ear = udp("127.0.0.1", 7005), s = udp("127.0.0.1", 7001),
	    c = MUST(socket(AF_INET, SOCK_DGRAM, 0));
	struct iovec iov = {NULL, 0};
	struct msghdr m = {.msg_name = &to.ss, .msg_namelen = to.len};
	struct mmsghdr mm;

	DID(sendto(s, NULL, 0, 0, &to.sa, to.len));
	DID(sendto(s, SIP, 0, 0, &to.sa, to.len));
	DID(sendmsg(s, &m, 0));
	m.msg_iov = &iov, m.msg_iovlen = 1;
	DID(sendmsg(s, &m, 0));
	mm.msg_hdr = m;
	DID(sendmmsg(s, &mm, 1, 0));
	DID(send(c, NULL, 0, 0));
	MUST(connect(c, &to.sa, to.len));
	DID(send(c, NULL, 0, 0));
	DID(write(c, NULL, 0));
	DID(writev(c, &iov, 1));
	for (int i = 0; i < 9; i++) {
		struct ep from = {.len = sizeof(from.ss)};

		errno = 0;
		say_result("recvfrom", recvfrom(ear, NULL, 0, MSG_DONTWAIT, &from.sa, &from.len));
		say("%s", from.len ? ep_text(&from) : "-");
	}
	return 0;
}
