/* SPDX-License-Identifier: MIT */
/* A module that brings a TLS library along. */
/*victim
cc: -lssl -lcrypto
*/
#include "../victim.h"
#include "tls_pair.h"

int talk(void);

/* A line of text, and back. */
int talk(void)
{
	struct tls_pair t;
	char got[100] = "";
	int fds[2];

	socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds);
	tls_open(&t, TLS1_3_VERSION, fds[0], fds[1]);
	tls_shake_hands(&t);
	int n = SSL_write(t.ssl[0], "text", 4), m = SSL_read(t.ssl[1], got, sizeof(got));
	say("%d and %d: %s, pending %d", n, m, got, SSL_pending(t.ssl[1]));
	n = SSL_write(t.ssl[1], "answer", 6), m = SSL_read(t.ssl[0], got, sizeof(got));
	say("%d and %d: %s", n, m, got);
	tls_close(&t);
	return 0;
}
