/* SPDX-License-Identifier: MIT */
/* What comes by TLS to a listener of no bond, and is refused, is a line of the trace with its Call-ID. */
/*victim
case: openssl gnutls mbedtls wolfssl
cc: -O1 -lssl -lcrypto -ldl
build: tls_end_openssl tls_end_gnutls tls_end_mbedtls tls_end_wolfssl
preload: @tls @
seconds: 30
unsteered: no
*/
/*ini
[bond:ext]
member = tls:10.0.1.1:5061
[host]
unknown = 403
secret = a long secret of this test
*/
/*expect
READ(<TLS:[10.0.2.1:5063->10.0.3.1:*]>, "", 20000) = N <T> ! no bond has this listener, answered 403, connection shut, Call-ID "refused"
*/
#include "trace_tls.h"

/* The answer is never longer than what it answers. */
#define MORE "\r\nSubject: 0123456789012345678901234567890123456789012345678901234567890123456789"

static void it_is_refused(void)
{
	static char text[20000];
	long n = TLS_AGAIN;
	struct talk k;

	open_talk(&k, H4, 5063);
	peer_says(&k, text, (size_t)options(text, "TLS", MORE, "refused"));
	for (int i = 0; i < 10 * patience() && n == TLS_AGAIN; i++) {
		carry(&k);
		n = library->read(k.host, text, sizeof(text));
		usleep(100);
	}
	if (n > 0)
		die("it was let in");
	say_trace();
	close_talk(&k);
}

int main(int argc, char **argv)
{
	begin_trace(argc, argv);
	it_is_refused();
	unlink(getenv("BOND_TRACE_FILE"));
	return 0;
}
