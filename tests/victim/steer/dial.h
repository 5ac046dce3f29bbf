/* SPDX-License-Identifier: MIT */
/* For victims that connect by TCP and compare ports or transports. */
#ifndef DIAL_H
#define DIAL_H

#include "steer.h"

/* Connects a fresh socket (bound to source:0 if there is one), sends a request, prints what the
 * peer saw or how the connect failed. */
static void dial_from(const char *source, const char *host, int port)
{
	struct ep to = ep(host, port);
	int s = source ? bound(SOCK_STREAM, source, 0)
		       : MUST(socket(to.sa.sa_family, SOCK_STREAM, 0));
	char text[600], *at;
	ssize_t n;

	if (connect(s, &to.sa, to.len) == -1) {
		say("%d: connect = -1 %s", port, strerrorname_np(errno));
		close(s);
		return;
	}
	MUST(send(s, SIP, SIP_LEN, 0));
	wait_readable(s);
	n = MUST(recv(s, text, sizeof(text) - 1, MSG_DONTWAIT));
	text[n] = '\0';
	at = strstr(text, "Seen: ");
	at[strcspn(at, "\r\n")] = '\0';
	if (atoi(strrchr(at, ':') + 1) >= CHOSEN_PORTS)
		strcpy(strrchr(at, ':') + 1, "*");
	say("%d: peer saw %s", port, at + 6);
	close(s);
}

static void dial(const char *host, int port)
{
	dial_from(NULL, host, port);
}

#endif
