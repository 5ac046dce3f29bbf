/* SPDX-License-Identifier: MIT */
/* Sockets made by syscall(), or by an instruction that no library sees, are found out when first
 * used. */
/*victim
case: syscall instruction
*/
/*expect
a wildcard
sendto = all
heard on ANY: peer saw 10.0.1.1:5060
a sender beside a member
sendto = all
heard on M: peer saw 10.0.1.1:5060
a floating one
sendto = all
heard on it: peer saw 10.0.1.1:*
streams
heard on it: peer saw 10.0.1.1:*
heard on it: peer saw 10.0.1.1:*
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS x2
peer: udp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS x2
*/
#include "steer.h"

static bool seen_by_libc;

static long call(long n, long a, long b, long c)
{
	return seen_by_libc ? syscall(n, a, b, c) : raw(n, a, b, c, 0, 0, 0);
}

static int made(int type, const char *host, int port)
{
	int fd = call(SYS_socket, AF_INET, type, 0);

	if (host) {
		struct ep e = ep(host, port);

		MUST(call(SYS_bind, fd, (long)&e.ss, e.len));
	}
	return fd;
}

int main(int argc, char **argv)
{
	struct ep routed = ep(ROUTED4, 5060);
	int fd, m;

	seen_by_libc = argc > 1 && argv[1][0] == 's';
	say("a wildcard");
	fd = made(SOCK_DGRAM, "0.0.0.0", 5060);
	ask("sendto", fd, &routed, EARS({"ANY", fd}));
	close(fd);
	say("a sender beside a member");
	fd = made(SOCK_DGRAM, H4, 5070);
	m = udp(M4, 5060);
	ask("sendto", fd, &routed, EARS({"H", fd}, {"M", m}));
	close(fd);
	close(m);
	say("a floating one");
	fd = made(SOCK_DGRAM, NULL, 0);
	ask("sendto", fd, &routed, EARS({"it", fd}));
	close(fd);
	say("streams");
	for (int i = 0; i < 2; i++) {
		fd = made(SOCK_STREAM, i ? "0.0.0.0" : NULL, 0);
		MUST(connect(fd, &routed.sa, routed.len));
		MUST(send(fd, SIP, SIP_LEN, 0));
		hear(EARS({"it", fd}));
		close(fd);
	}
	return 0;
}
