/* SPDX-License-Identifier: MIT */
/* What arrives by TLS at a member is told to the host's script, and marked, as by TCP; what a peer forged is
 * removed. A request to a listener of no bond is answered with 403 and never seen, whole and in pieces; a
 * message whose end never comes is there as it is at the end of the connection. */
/*victim
case: tls12 tls13
cc: -O1 -lssl -lcrypto
preload: @tls @
unsteered: no
*/
/*ini
[bond:ext]
member = tls:10.0.1.1:5061
[bond:other]
member = tls:10.0.2.1:5071
[route:back]
from = ext
to = 10.0.3.0/24
bond = other
[host]
header = X-Bond
header-over-tls = trust
unknown = 403
secret = a long secret of this test
*/
/*expect
at the member: X-Bond-In: ext 1, forged 0, a mark 1, all of it 1
read again: -1, again 1
pieces at the member: X-Bond-In: ext 1, forged 0, a mark 1, all of it 1
a response in between: passes 1
whole, at no member: the host reads 0, the peer 403
in pieces, at no member: the host reads 0, the peer 403
and what is written then: 0
half of one at the end: the host reads 90
HTTP: 1
*/
#include "stream.h"
#include "../lib/tls_pair.h"

static int version;
static struct tls_pair t;
static int fds[2];

#define REST "From: <sip:a@10.0.3.1>;tag=1\r\nTo: <sip:x@10.0.2.1>\r\nCall-ID: unknown-1\r\n" \
	"CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 4\r\n\r\nbody"

static const char request[] = "OPTIONS sip:x@10.0.1.1:5061;transport=tls SIP/2.0\r\n"
	"Via: SIP/2.0/TLS 10.0.3.1:5061;branch=z9hG4bK-5\r\nX-Bond-In: other\r\n" REST;

/* The peer's bytes go past libbond. */
static void carry(void)
{
	static char bytes[40000];
	BIO *in = SSL_get_rbio(t.ssl[0]), *out = SSL_get_wbio(t.ssl[0]);
	int n;

	while ((n = BIO_read(out, bytes, sizeof(bytes))) > 0)
		peer_send(fds[0], bytes, (size_t)n);
	long got = raw(SYS_recvfrom, fds[0], (long)bytes, sizeof(bytes), MSG_DONTWAIT, 0, 0);
	if (got > 0)
		BIO_write(in, bytes, (int)got);
}

static void come(int listener, const char *address, int port)
{
	struct ep to = ep(address, port), from = ep(T4, 0);

	fds[0] = raw(SYS_socket, AF_INET, SOCK_STREAM, 0, 0, 0, 0);
	raw(SYS_bind, fds[0], (long)&from.ss, from.len, 0, 0, 0);
	if (raw(SYS_connect, fds[0], (long)&to.ss, to.len, 0, 0, 0) != 0)
		die("the peer's connect");
	fds[1] = MUST(accept(listener, NULL, NULL));
	MUST(fcntl(fds[1], F_SETFL, O_NONBLOCK));
	tls_contexts(&t, version);
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
	BIO_set_mem_eof_return(in, -1);
	SSL_set_bio(t.ssl[0], in, out);
	SSL_set_fd(t.ssl[1], fds[1]);
	for (int i = 0; i < 10000 && !(SSL_is_init_finished(t.ssl[0]) && SSL_is_init_finished(t.ssl[1])); i++) {
		SSL_do_handshake(t.ssl[i & 1]);
		carry();
	}
}

static void go(void)
{
	tls_close(&t);
	close(fds[1]);
	peer_close(fds[0]);
}

static void peer_says(const char *p, size_t n, size_t piece)
{
	for (size_t at = 0; at < n; at += piece) {
		SSL_write(t.ssl[0], p + at, (int)(n - at < piece ? n - at : piece));
		carry();
	}
}

/* What the host reads until the text ends so, or nothing more comes; *last: what its last read returned. */
static struct buffer host_reads(const char *end, int *last)
{
	struct buffer b = {0};
	char text[3000];
	struct pollfd p = {.fd = fds[1], .events = POLLIN};

	for (;;) {
		*last = SSL_read(t.ssl[1], text, sizeof(text));
		if (*last > 0) {
			buffer_add(&b, text, (size_t)*last);
			if (end && buffer_has(&b, end))
				break;
			continue;
		}
		if (SSL_get_error(t.ssl[1], *last) != SSL_ERROR_WANT_READ || poll(&p, 1, end ? patience() : 100) <= 0)
			break;
	}
	buffer_add(&b, "", 1);
	return b;
}

static const char *peer_hears(void)
{
	static char text[4000];
	int n = 0;

	for (int i = 0; i < 200 && n <= 0; i++) {
		carry();
		n = SSL_read(t.ssl[0], text, sizeof(text) - 1);
		if (n <= 0)
			usleep(1000);
	}
	text[n > 0 ? n : 0] = 0;
	return n <= 0 ? "nothing" : strncmp(text, "SIP/2.0 403 ", 12) == 0 && strstr(text, "Call-ID: unknown-1") ? "403" : text;
}

static void at_member(int listener, const char *what, size_t piece)
{
	int last;

	come(listener, M4, 5061);
	peer_says(request, sizeof(request) - 1, piece);
	struct buffer b = host_reads("body", &last);
	say("%s: X-Bond-In: ext %d, forged %d, a mark %d, all of it %d", what, buffer_has(&b, "\r\nX-Bond-In: ext\r\n"),
		buffer_has(&b, "other"), buffer_has(&b, ";bond-in="), buffer_has(&b, REST));
}

static void at_no_member(int listener, const char *what, size_t piece)
{
	int last;

	come(listener, H4, 5061);
	peer_says(request, sizeof(request) - 1, piece);
	struct buffer b = host_reads("body", &last);
	say("%s, at no member: the host reads %zu, the peer %s", what, b.n - 1, peer_hears());
}

int main(int argc, char **argv)
{
	char text[100];
	int last;

	version = argc > 1 && strcmp(argv[1], "tls12") == 0 ? TLS1_2_VERSION : TLS1_3_VERSION;
	int own = tcp_listener(H4, 5061), member = tcp_listener(M4, 5061);
	at_member(member, "at the member", 10000);
	last = SSL_read(t.ssl[1], text, sizeof(text));
	say("read again: %d, again %d", last, SSL_get_error(t.ssl[1], last) == SSL_ERROR_WANT_READ);
	go();
	at_member(member, "pieces at the member", 7);
	peer_says("SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n", 37, 100);
	struct buffer b = host_reads("\r\n\r\n", &last);
	say("a response in between: passes %d", buffer_has(&b, "SIP/2.0 200 OK"));
	go();
	at_no_member(own, "whole", 10000);
	go();
	at_no_member(own, "in pieces", 11);
	say("and what is written then: %d", SSL_write(t.ssl[1], "text", 4) > 0);
	go();
	come(member, M4, 5061);
	peer_says(request, 90, 90);
	SSL_shutdown(t.ssl[0]);
	carry();
	b = host_reads(NULL, &last);
	say("half of one at the end: the host reads %zu", b.n - 1);
	go();
	come(member, M4, 5061);
	peer_says("GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27, 100);
	b = host_reads("\r\n\r\n", &last);
	say("HTTP: %d", buffer_has(&b, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
	go();
	return 0;
}
