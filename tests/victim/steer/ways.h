/* SPDX-License-Identifier: MIT */
/* For victims that send again and again to programs on this machine: sockets that no library sees, and
 * who heard what from where. */
#ifndef WAYS_H
#define WAYS_H

#include "steer.h"

static int foreign(const char *host, int port)
{
	struct ep e = ep(host, port);
	long fd = raw(SYS_socket, AF_INET, SOCK_DGRAM, 0, 0, 0, 0);

	if (fd < 0 || raw(SYS_bind, fd, (long)&e.ss, e.len, 0, 0, 0) != 0)
		die("foreign");
	return (int)fd;
}

/* Sends to host:port, where the socket ear is, and says from where it heard that. */
static void to(const char *who, int fd, const char *host, int port, int ear, int times)
{
	struct ep e = ep(host, port);

	while (times--) {
		struct ep from = {.len = sizeof(from.ss)};
		struct pollfd p = {.fd = ear, .events = POLLIN};
		char text[600];
		long n;

		MUST(sendto(fd, SIP, SIP_LEN, 0, &e.sa, e.len));
		raw(SYS_poll, (long)&p, 1, 2000, 0, 0, 0);
		n = raw(SYS_recvfrom, ear, (long)text, sizeof(text), MSG_DONTWAIT,
			(long)&from.ss, (long)&from.len);
		say("%s hears %s from %s", who, n == SIP_LEN ? "all" : "nothing", ep_text(&from));
	}
}

#endif
