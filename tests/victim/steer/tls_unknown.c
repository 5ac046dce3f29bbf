/* SPDX-License-Identifier: MIT */
/* A TLS connection to the host whose hellos libbond did not see: with `header` it is shut, without any secret, for
 * nobody could tell what it brings from what libbond says. What came to a listener that is none of SIP goes on, and
 * what the host began itself, too. */
/*victim
case: tls12 tls13
cc: -O1 -lssl -lcrypto
preload: @tls @
unsteered: no
*/
/*ini
[bond:ext]
member = tls:10.0.1.1:5061
[route:back]
to = 10.0.3.0/24
bond = ext
[host]
header = X-Bond
*/
/*expect
unseen from the first byte on, before any other: 0, written 0
seen at the member: 1, written 1
unseen at the member: 0, written 0
seen at a listener of something else: 1, written 1
*/
#include "stream.h"
#include "../lib/tls_pair.h"

static const char request[] = "OPTIONS sip:x@10.0.1.1:5061;transport=tls SIP/2.0\r\n"
	"Via: SIP/2.0/TLS 10.0.3.1:5061;branch=z9hG4bK-5\r\nX-Bond-In: ext\r\nCall-ID: unknown-1\r\n"
	"From: <sip:a@10.0.3.1>;tag=1\r\nTo: <sip:x@10.0.2.1>\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";

static int version;
static struct tls_pair t;
static int fds[2];

/* Moves what one end has to say, past libbond. */
static void carry(int end)
{
	static char bytes[40000];
	int n;

	while ((n = BIO_read(SSL_get_wbio(t.ssl[end]), bytes, sizeof(bytes))) > 0)
		peer_send(fds[end], bytes, (size_t)n);
	long got = raw(SYS_recvfrom, fds[end], (long)bytes, sizeof(bytes), MSG_DONTWAIT, 0, 0);
	if (got > 0)
		BIO_write(SSL_get_rbio(t.ssl[end]), bytes, (int)got);
}

static void by_memory(int end)
{
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());

	BIO_set_mem_eof_return(in, -1);
	SSL_set_bio(t.ssl[end], in, out);
}

static void check(const char *what, int listener, const char *address, int port, bool seen)
{
	struct ep to = ep(address, port), from = ep(T4, 0);
	char text[3000];
	int got = -1;

	fds[0] = raw(SYS_socket, AF_INET, SOCK_STREAM, 0, 0, 0, 0);
	raw(SYS_bind, fds[0], (long)&from.ss, from.len, 0, 0, 0);
	if (raw(SYS_connect, fds[0], (long)&to.ss, to.len, 0, 0, 0) != 0)
		die("the peer's connect");
	fds[1] = MUST(accept(listener, NULL, NULL));
	MUST(fcntl(fds[1], F_SETFL, O_NONBLOCK));
	tls_contexts(&t, version);
	by_memory(0);
	if (seen)
		SSL_set_fd(t.ssl[1], fds[1]);
	else
		by_memory(1);
	for (int i = 0; i < 10000 && !(SSL_is_init_finished(t.ssl[0]) && SSL_is_init_finished(t.ssl[1])); i++) {
		SSL_do_handshake(t.ssl[i & 1]);
		carry(0);
		if (!seen)
			carry(1);
	}
	SSL_write(t.ssl[0], request, sizeof(request) - 1);
	for (int i = 0; i < 300 && got <= 0; i++) {
		carry(0);
		if (!seen)
			carry(1);
		got = SSL_read(t.ssl[1], text, sizeof(text));
		if (got <= 0 && SSL_get_error(t.ssl[1], got) != SSL_ERROR_WANT_READ)
			break;
		if (got <= 0)
			usleep(1000);
	}
	say("%s: %d, written %d", what, got > 0, SSL_write(t.ssl[1], "text", 4) > 0);
	tls_close(&t);
	close(fds[1]);
	peer_close(fds[0]);
}

int main(int argc, char **argv)
{
	version = argc > 1 && strcmp(argv[1], "tls12") == 0 ? TLS1_2_VERSION : TLS1_3_VERSION;
	int member = tcp_listener(M4, 5061), other = tcp_listener(H4, 8443);

	check("unseen from the first byte on, before any other", member, M4, 5061, false);
	check("seen at the member", member, M4, 5061, true);
	check("unseen at the member", member, M4, 5061, false);
	check("seen at a listener of something else", other, H4, 8443, true);
	return 0;
}
