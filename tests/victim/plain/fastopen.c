/* SPDX-License-Identifier: MIT */
/* sendto() with MSG_FASTOPEN: on a fresh stream, a bound one, a connected one, a datagram socket.
 * */
#include "../victim.h"

int main(void)
{
	struct ep to = ep("127.0.0.1", 7006), closed = ep("127.0.0.1", 7999),
		  h = ep("127.0.0.1", 0);
	int l = tcp_listener("127.0.0.1", 7006), s, a;
	struct iovec iov = {(void *)SIP, SIP_LEN};
	struct msghdr m = {
		.msg_name = &to.ss, .msg_namelen = to.len, .msg_iov = &iov, .msg_iovlen = 1};

	s = MUST(socket(AF_INET, SOCK_STREAM, 0));
	DID(sendto(s, SIP, SIP_LEN, MSG_FASTOPEN, &to.sa, to.len));
	a = MUST(accept(l, NULL, NULL));
	say_heard("a", a);
	DID(sendto(s, SIP, SIP_LEN, MSG_FASTOPEN, &to.sa, to.len));
	DID(send(s, SIP, SIP_LEN, MSG_FASTOPEN));
	s = MUST(socket(AF_INET, SOCK_STREAM, 0));
	MUST(bind(s, &h.sa, h.len));
	DID(sendmsg(s, &m, MSG_FASTOPEN));
	a = MUST(accept(l, NULL, NULL));
	say_heard("a", a);
	s = MUST(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
	DID(sendto(s, SIP, SIP_LEN, MSG_FASTOPEN, &to.sa, to.len) > 0 || errno == EINPROGRESS);
	a = MUST(accept(l, NULL, NULL));
	s = MUST(socket(AF_INET, SOCK_STREAM, 0));
	DID(sendto(s, SIP, SIP_LEN, MSG_FASTOPEN, &closed.sa, closed.len));
	DID(sendto(s, SIP, SIP_LEN, MSG_FASTOPEN | MSG_NOSIGNAL, NULL, 0));
	DID(sendto(s, SIP, SIP_LEN, MSG_FASTOPEN, (void *)8, to.len));
	DID(sendto(s, SIP, SIP_LEN, MSG_FASTOPEN, &to.sa, 3));
	DID(sendto(s, (void *)8, SIP_LEN, MSG_FASTOPEN, &to.sa, to.len));
	s = udp("127.0.0.1", 7001);
	udp("127.0.0.1", 7006);
	DID(sendto(s, SIP, SIP_LEN, MSG_FASTOPEN, &to.sa, to.len));
	s = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	DID(sendto(s, SIP, SIP_LEN, MSG_FASTOPEN, &to.sa, to.len));
	return 0;
}
