/* SPDX-License-Identifier: MIT */
/* Receiving calls and their flags, on datagrams and streams. */
#include "../victim.h"

#include <sys/ioctl.h>

int main(void)
{
	struct ep to = ep("127.0.0.1", 7005), from = {.len = sizeof(from.ss)};
	int ear = udp("127.0.0.1", 7005), s = udp("127.0.0.1", 7001), one = 1, n, c, a, l;
	char text[600], control[200];
	struct iovec iov[2] = {{text, 5}, {text + 5, 500}};
	struct msghdr m = {.msg_iov = iov,
		.msg_iovlen = 2,
		.msg_name = &from.ss,
		.msg_namelen = sizeof(from.ss),
		.msg_control = control,
		.msg_controllen = sizeof(control)};
	struct mmsghdr mm[3];
	struct timespec moment = {0, 1000000};

	MUST(setsockopt(ear, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one)));
	for (int i = 0; i < 7; i++)
		MUST(sendto(s, SIP, SIP_LEN - i, 0, &to.sa, to.len));
	DID(recv(ear, text, 10, MSG_PEEK));
	DID(recv(ear, text, 10, MSG_PEEK | MSG_TRUNC));
	DID(ioctl(ear, FIONREAD, &n));
	say("%d", n);
	DID(recv(ear, text, 10, MSG_TRUNC));
	DID(recvfrom(ear, text, 10, 0, &from.sa, &from.len));
	DID(read(ear, text, 100));
	DID(recvmsg(ear, &m, 0));
	say("from %s, flags %#x, control %zu, type %d", ep_text(&from), m.msg_flags,
		m.msg_controllen, CMSG_FIRSTHDR(&m) ? CMSG_FIRSTHDR(&m)->cmsg_type : -1);
	m.msg_controllen = 5, m.msg_iovlen = 1, m.msg_namelen = 3;
	DID(recvmsg(ear, &m, MSG_TRUNC));
	say("flags %#x, control %zu, name %u", m.msg_flags, m.msg_controllen, m.msg_namelen);
	DID(recvmsg(ear, (void *)8, 0));
	for (int i = 0; i < 3; i++)
		mm[i] = (struct mmsghdr){
			.msg_hdr = {.msg_iov = iov, .msg_iovlen = 2}, .msg_len = 0xdead};
	DID(recvmmsg(ear, mm, 3, MSG_WAITFORONE, &moment));
	say("%u %u %#x", mm[0].msg_len, mm[1].msg_len, mm[2].msg_len);
	DID(recvmmsg(ear, mm, 3, MSG_DONTWAIT, NULL));
	DID(recv(ear, text, 10, MSG_ERRQUEUE));
	DID(recv(ear, (void *)8, 10, MSG_DONTWAIT));

	l = tcp_listener("127.0.0.1", 7006);
	c = tcp_to("127.0.0.1", 7006);
	a = MUST(accept(l, NULL, NULL));
	MUST(send(c, SIP, SIP_LEN, MSG_MORE));
	MUST(send(c, SIP, SIP_LEN, 0));
	DID(recv(a, text, 20, MSG_PEEK));
	DID(recv(a, text, 300, MSG_WAITALL));
	MUST(send(c, "!", 1, MSG_OOB));
	wait_readable(a);
	DID(recv(a, text, 1, MSG_OOB));
	shutdown(c, SHUT_WR);
	DID(recvmsg(a, &(struct msghdr){.msg_iov = iov, .msg_iovlen = 2}, MSG_WAITALL));
	DID(recv(a, text, 1, 0));
	DID(send(c, "x", 1, MSG_NOSIGNAL));
	return 0;
}
