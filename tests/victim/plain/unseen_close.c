/* SPDX-License-Identifier: MIT */
/* Sockets closed by an instruction of the program's own, which no library sees; the numbers then
 * belong to what libc makes. */
#include "../victim.h"

static struct ep to;

static void use(int fd)
{
	say_what(fd);
	DID(sendto(fd, SIP, SIP_LEN, MSG_NOSIGNAL, &to.sa, to.len));
	DID(write(fd, SIP, SIP_LEN));
	raw(SYS_close, fd, 0, 0, 0, 0, 0);
}

int main(void)
{
	int ear = udp("127.0.0.1", 7009), pair[2];

	signal(SIGPIPE, SIG_IGN);
	to = ep("127.0.0.1", 7009);
	tcp_listener("127.0.0.1", 7008);
	use(udp("127.0.0.1", 7001));
	use(MUST(open("/dev/null", O_RDWR)));
	use(udp("127.0.0.1", 7001));
	use(tcp_listener("127.0.0.1", 7001));
	use(udp("127.0.0.1", 7001));
	use(tcp_to("127.0.0.1", 7008));
	use(udp("127.0.0.1", 7001));
	use(MUST(socket(AF_UNIX, SOCK_DGRAM, 0)));
	use(udp("127.0.0.1", 7001));
	use(MUST(epoll_create1(0)));
	use(udp("127.0.0.1", 7001));
	use(MUST(memfd_create("x", 0)));
	use(udp("127.0.0.1", 7001));
	MUST(pipe(pair));
	use(pair[1]);
	use(pair[0]);
	use(udp("::1", 7001));
	use(udp("127.0.0.1", 7001));
	for (int i = 0; i < 8; i++)
		say_heard("ear", ear);
	return 0;
}
