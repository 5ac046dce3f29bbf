/* SPDX-License-Identifier: MIT */
/* A client socket that is registered with epoll before it sends: the registration, its data and its
 * options survive, and the answer arrives through it. */
/*victim
case: level edge
*/
/*expect
sendto = all
epoll 1 data 0x1122334455667788 events 0x1
heard on it: peer saw 10.0.1.1:*
send = all
epoll 1 data 0x1122334455667788 events 0x1
heard on it: peer saw 10.0.1.1:*
tos 0x10, receive timeout 7 s, non-blocking 1, close-on-exec 1
peer: udp 10.0.1.1:* > 198.51.100.9:5060 tos 0x10: OPTIONS
peer: udp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS
*/
#include "steer.h"

static void answer(int e, int s)
{
	struct epoll_event got;
	int n = epoll_wait(e, &got, 1, 2000);

	say("epoll %d data %#jx events %#x", n, (uintmax_t)got.data.u64, got.events);
	hear(EARS({"it", s}));
}

int main(int argc, char **argv)
{
	struct ep routed = ep(ROUTED4, 5060);
	uint32_t edge = argc > 1 && argv[1][0] == 'e' ? EPOLLET : 0;
	struct epoll_event event = {EPOLLIN | edge, {.u64 = 0x1122334455667788}};
	int e = MUST(epoll_create1(0)), tos = 0x10, s = MUST(socket(AF_INET, SOCK_DGRAM, 0));
	int c = MUST(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
	struct timeval timeout = {7, 0};
	socklen_t len = sizeof(timeout);

	MUST(epoll_ctl(e, EPOLL_CTL_ADD, s, &event));
	ask("sendto", s, &routed, NULL);
	answer(e, s);
	MUST(epoll_ctl(e, EPOLL_CTL_DEL, s, NULL));
	MUST(epoll_ctl(e, EPOLL_CTL_ADD, c, &event));
	MUST(setsockopt(c, IPPROTO_IP, IP_TOS, &tos, sizeof(tos)));
	MUST(setsockopt(c, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)));
	MUST(connect(c, &routed.sa, routed.len));
	ask("send", c, NULL, NULL);
	answer(e, c);
	tos = 0, timeout.tv_sec = 0;
	getsockopt(c, SOL_SOCKET, SO_RCVTIMEO, &timeout, &len);
	len = sizeof(tos);
	getsockopt(c, IPPROTO_IP, IP_TOS, &tos, &len);
	say("tos %#x, receive timeout %ld s, non-blocking %d, close-on-exec %d", tos,
		(long)timeout.tv_sec, !!(fcntl(c, F_GETFL) & O_NONBLOCK), fcntl(c, F_GETFD));
	return 0;
}
