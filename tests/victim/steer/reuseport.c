/* SPDX-License-Identifier: MIT */
/* Several sockets on the member's address and port (SO_REUSEPORT): any of them may send, and the
 * member lives as long as one of them does. */
/*expect
sendto = all
heard on one of them: peer saw 10.0.1.1:5060
sendto = all
heard on one of them: peer saw 10.0.1.1:5060
sendto = all
heard on one of them: peer saw 10.0.1.1:5060
sendto = -1 ENETUNREACH
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS x3
*/
#include "steer.h"

static int one_of(void)
{
	struct ep e = ep(M4, 5060);
	int fd = MUST(socket(AF_INET, SOCK_DGRAM, 0)), one = 1;

	MUST(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)));
	MUST(bind(fd, &e.sa, e.len));
	return fd;
}

int main(void)
{
	struct ep routed = ep(ROUTED4, 5060);
	int h = udp(H4, 5070), a = one_of(), b = one_of(), c = one_of();

	ask("sendto", h, &routed,
		EARS({"one of them", a}, {"one of them", b}, {"one of them", c}, {"H", h}));
	close(a);
	ask("sendto", h, &routed, EARS({"one of them", b}, {"one of them", c}, {"H", h}));
	close(c);
	ask("sendto", h, &routed, EARS({"one of them", b}, {"H", h}));
	close(b);
	ask("sendto", h, &routed, EARS({"H", h}));
	return 0;
}
