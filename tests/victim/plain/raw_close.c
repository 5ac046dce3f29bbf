/* SPDX-License-Identifier: MIT */
/* Sockets closed through syscall(); their numbers then belong to pipes, files, and sockets of
 * another kind, made by libc and made by syscall(). */
#include "../victim.h"

static struct ep to;

static void use(int fd)
{
	struct ep e = {.len = sizeof(e.ss)};

	say_what(fd);
	DID(sendto(fd, SIP, SIP_LEN, MSG_NOSIGNAL, &to.sa, to.len));
	DID(write(fd, SIP, SIP_LEN));
	DID(getsockname(fd, &e.sa, &e.len));
	DID(syscall(SYS_close, fd));
	DID(send(fd, SIP, SIP_LEN, MSG_NOSIGNAL));
}

int main(void)
{
	int ear = udp("127.0.0.1", 7009), s, pair[2];

	signal(SIGPIPE, SIG_IGN);
	to = ep("127.0.0.1", 7009);
	tcp_listener("127.0.0.1", 7008);
	use(udp("127.0.0.1", 7001));
	MUST(pipe(pair));
	use(pair[0]);
	use(pair[1]);
	use(MUST(open("/dev/null", O_RDWR)));
	use(udp("127.0.0.1", 7001));
	use(MUST(fileno(tmpfile())));
	use(tcp_listener("127.0.0.1", 7002));
	use(udp("127.0.0.1", 7001));
	use(tcp_to("127.0.0.1", 7008));
	use(udp("127.0.0.1", 7003));
	use(MUST(socket(AF_UNIX, SOCK_DGRAM, 0)));
	use(udp("::1", 7001));
	use(MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair)));
	use(pair[0]);
	use(pair[1]);
	use(udp("127.0.0.1", 7001));
	s = MUST(syscall(SYS_socket, AF_UNIX, SOCK_DGRAM, 0));
	use(s);
	use(udp("127.0.0.1", 7001));
	use(MUST(syscall(SYS_socket, AF_INET, SOCK_STREAM, 0)));
	use(udp("127.0.0.1", 7001));
	use(MUST(syscall(SYS_socket, AF_INET, SOCK_DGRAM, 0)));
	use(udp("127.0.0.1", 7001));
	use(MUST(syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR, 0)));
	use(tcp_listener("127.0.0.1", 7002));
	use(MUST(syscall(SYS_eventfd2, 0, 0)));
	s = udp("127.0.0.1", 7001);
	MUST(syscall(SYS_dup2, 0, s));
	use(s);
	s = udp("127.0.0.1", 7001);
	MUST(syscall(SYS_close_range, s, s, 0));
	use(MUST(open("/dev/null", O_RDWR)));
	for (int i = 0; i < 9; i++)
		say_heard("ear", ear);
	say_open(12);
	return 0;
}
