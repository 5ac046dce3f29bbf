/* SPDX-License-Identifier: MIT */
/* For victims of `from` on connections: a request comes in on a member and a connection is opened. What is
 * not part of the case passes libbond by, so that nothing else ends an arrival. */
#ifndef FROM_THREADS_H
#define FROM_THREADS_H

#include "talk.h"

static int from_h, from_m; /* listeners of the bonds `in` and `out` */

static void from_listen(void)
{
	from_h = udp(H4, 5060);
	from_m = udp(M4, 5060);
}

/* Reads a request as it came to that listener. */
static void reads(int fd, const char *host)
{
	static int number;
	struct ep here = true_name(fd);

	number++;
	static struct text silent;
	struct text *t = sip("OPTIONS sip:a@x SIP/2.0\nVia: SIP/2.0/UDP %s:5080;branch=z9hG4bK-%d\n"
			     "From: <sip:a@x>;tag=a\nTo: <sip:b@x>\nCall-ID: %d\nCSeq: 1 OPTIONS\n",
		host, number, number);
	struct pollfd p = {.fd = fd, .events = POLLIN};

	peer_sends(host, QUIET, &here, t);
	if (raw(SYS_poll, (long)&p, 1, 5000, 0, 0, 0) <= 0 ||
		recv(fd, silent.p, TEXT_MAX - 1, MSG_DONTWAIT) <= 0)
		die("no request was read");
}

/* Opens a connection and says from where. */
static void connects(const char *who)
{
	struct ep to = ep(ROUTED4, 5060);
	int s = raw(SYS_socket, AF_INET, SOCK_STREAM, 0, 0, 0, 0);

	if (connect(s, &to.sa, to.len) < 0) {
		say("%s: %s", who, strerrorname_np(errno));
	} else {
		struct ep from = true_name(s);
		char answer[2000];
		say("%s: from %s", who, ep_text(&from));
		raw(SYS_sendto, s, (long)SIP, SIP_LEN, 0, 0, 0);
		raw(SYS_recvfrom, s, (long)answer, sizeof(answer), 0, 0, 0);
	}
	close(s);
}

#endif
