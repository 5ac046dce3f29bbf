/* SPDX-License-Identifier: MIT */
/* accept() and accept4() without an address, with short ones, with flags. */
#include "../victim.h"

int main(void)
{
	int l = tcp_listener("127.0.0.1", 7006), l6 = tcp_listener("::1", 7006), fd;
	struct ep e = {.len = sizeof(e.ss)};
	unsigned char room[64];
	socklen_t len;

	for (int i = 0; i < 10; i++)
		tcp_to("127.0.0.1", 7006);
	tcp_to("::1", 7006);
	DID(accept(l, NULL, NULL));
	DID(accept(l, &e.sa, &e.len));
	say("%s %u", ep_text(&e), e.len);
	memset(room, 0xa5, sizeof(room));
	len = 4;
	DID(accept(l, (struct sockaddr *)room, &len));
	say("length %u, family %d, then %#x", len, room[0], room[4]);
	fd = DID(accept4(l, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK));
	say("%#x %#x", fcntl(fd, F_GETFD), fcntl(fd, F_GETFL) & O_NONBLOCK);
	DID(recv(fd, room, 1, 0));
	DID(accept4(l, NULL, NULL, 0x1234));
	DID(accept(l, (void *)8, &(socklen_t){16}));
	DID(accept(l, (struct sockaddr *)room, NULL));
	DID(accept(l, NULL, &(socklen_t){16}));
	DID(accept(l, NULL, (void *)8));
	DID(accept(l, (struct sockaddr *)room, &(socklen_t){-1}));
	len = sizeof(room);
	DID(accept(l6, (struct sockaddr *)room, &len));
	say("length %u, family %d", len, room[0]);
	MUST(fcntl(l6, F_SETFL, O_NONBLOCK));
	DID(accept(l6, NULL, NULL));
	DID(accept(udp("127.0.0.1", 7001), NULL, NULL));
	DID(accept(MUST(socket(AF_INET, SOCK_STREAM, 0)), NULL, NULL));
	DID(accept(0, NULL, NULL));
	fd = DID(accept(l, NULL, NULL));
	DID(close(l));
	DID(send(fd, SIP, SIP_LEN, 0));
	DID(getsockname(fd, &e.sa, &e.len));
	say("%s", ep_text(&e));
	say_open(32);
	return 0;
}
