/* SPDX-License-Identifier: MIT */
/* What arrives by TLS at a member is told to the host's script, and marked, as by TCP; what a peer forged is
 * removed. A request to a listener of no bond is answered with 403 and never seen, whole and in pieces, and a
 * message whose end nobody can tell is not seen either: that ends the connection for both, and nothing that the
 * peer sent after it is read, nor said again by a write. A message whose end never comes is there as it is at
 * the end of the connection. So by each library, and by each of the ways that it has to read and write. */
/*victim
case: openssl openssl12 gnutls gnutls12 mbedtls wolfssl wolfssl12
cc: -O1 -lssl -lcrypto -ldl
build: tls_end_openssl tls_end_gnutls tls_end_mbedtls tls_end_wolfssl
preload: @tls @
unsteered: no
says: libbond\[\d+\]: connection <TLS:\[10\.0\.2\.1:5061->10\.0\.3\.1:\d+\]>: a request came to a listener of no bond
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
read again: come back 1
pieces at the member: X-Bond-In: ext 1, forged 0, a mark 1, all of it 1
a response in between: passes 1
whole, at no member: the host reads 0, the peer 403
then: nothing is read 1, again 1, nothing there 1, nothing written 1, the peer told 1
in pieces, at no member: the host reads 0, the peer 403
then: nothing is read 1, again 1, nothing there 1, nothing written 1, the peer told 1
without an end: the host reads the one before 1, and of it 0
then: nothing is read 1, again 1, nothing there 1, nothing written 1, the peer told 1
half of one at the end: the host reads 90
HTTP: 1
way 1 is the same: 1
way 2 is the same: 1
way 3 is the same: 1
*/
#include "stream.h"

#include <dlfcn.h>
#include <stdarg.h>

#include "../lib/tls_end.h"
#include "../lib/tls_pair.h"

static const struct tls_end *library;
static char *certificate, *key;
static bool tls12;
static int way;
static void *host;
static SSL_CTX *context;
static SSL *peer;
static int fds[2]; /* of the peer, the host */
static struct buffer told;

#define REST "From: <sip:a@10.0.3.1>;tag=1\r\nTo: <sip:x@10.0.2.1>\r\nCall-ID: unknown-1\r\n" \
	"CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 4\r\n\r\nbody"

static const char request[] = "OPTIONS sip:x@10.0.1.1:5061;transport=tls SIP/2.0\r\n"
	"Via: SIP/2.0/TLS 10.0.3.1:5061;branch=z9hG4bK-5\r\nX-Bond-In: other\r\n" REST;
static const char response[] = "SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n";
static const char endless[] = "OPTIONS sip:y@10.0.1.1:5061;transport=tls SIP/2.0\r\n"
	"Via: SIP/2.0/TLS 10.0.3.1:5061;branch=z9hG4bK-6\r\nX-Bond-In: other\r\nContent-Length: 4, 5\r\n\r\nbody";

__attribute__((format(printf, 1, 2))) static void tell(const char *format, ...)
{
	char line[300];
	va_list args;

	va_start(args, format);
	int n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	buffer_add(&told, line, (size_t)n);
	buffer_add(&told, "\n", 1);
}

/* The peer's bytes go past libbond. */
static void carry(void)
{
	static char bytes[40000];
	BIO *in = SSL_get_rbio(peer), *out = SSL_get_wbio(peer);
	int n;

	while ((n = BIO_read(out, bytes, sizeof(bytes))) > 0)
		peer_send(fds[0], bytes, (size_t)n);
	long got = raw(SYS_recvfrom, fds[0], (long)bytes, sizeof(bytes), MSG_DONTWAIT, 0, 0);
	if (got > 0)
		BIO_write(in, bytes, (int)got);
}

/* How the host reads once: its room is odd or even. */
static long read_once(char *to, size_t size)
{
	static unsigned times;

	return library->read(host, to, size - times++ % 2);
}

static void open_peer(void)
{
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());

	context = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_max_proto_version(context, tls12 ? TLS1_2_VERSION : TLS1_3_VERSION);
	peer = SSL_new(context);
	BIO_set_mem_eof_return(in, -1);
	SSL_set_bio(peer, in, out);
	SSL_set_connect_state(peer);
}

/* A host may leave the handshake to what it reads. */
static void shake_hands(void)
{
	char text[100];
	long over = TLS_AGAIN;

	for (int i = 0; i < 10000 && !(over == 1 && SSL_is_init_finished(peer)); i++) {
		SSL_do_handshake(peer);
		carry();
		if (over != 1)
			over = library->shake_hands(host);
		if (over == 1 && !SSL_is_init_finished(peer) && read_once(text, sizeof(text)) != TLS_AGAIN)
			break;
	}
	if (over != 1 || !SSL_is_init_finished(peer))
		die("the handshake");
}

static void come(int listener, const char *address, int port)
{
	struct ep to = ep(address, port), from = ep(T4, 0);
	int one = 1;

	fds[0] = raw(SYS_socket, AF_INET, SOCK_STREAM, 0, 0, 0, 0);
	raw(SYS_bind, fds[0], (long)&from.ss, from.len, 0, 0, 0);
	if (raw(SYS_connect, fds[0], (long)&to.ss, to.len, 0, 0, 0) != 0)
		die("the peer's connect");
	fds[1] = MUST(accept(listener, NULL, NULL));
	MUST(fcntl(fds[1], F_SETFL, O_NONBLOCK));
	MUST(setsockopt(fds[1], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)));
	open_peer();
	host = library->open(&(struct tls_end_as){fds[1], true, tls12, way, certificate, key});
	shake_hands();
}

static void go(void)
{
	library->close(host);
	SSL_free(peer);
	SSL_CTX_free(context);
	close(fds[1]);
	peer_close(fds[0]);
}

static void peer_says(const char *p, size_t n, size_t piece)
{
	for (size_t at = 0; at < n; at += piece) {
		SSL_write(peer, p + at, (int)(n - at < piece ? n - at : piece));
		carry();
	}
}

/* What the host reads until the text ends so, or nothing more comes; *last: what its last read returned. */
static struct buffer host_reads(const char *end, long *last)
{
	struct buffer b = {0};
	char text[3000];
	struct pollfd p = {.fd = fds[1], .events = POLLIN};

	for (;;) {
		*last = read_once(text, sizeof(text));
		if (*last > 0) {
			buffer_add(&b, text, (size_t)*last);
			if (end && buffer_has(&b, end))
				break;
			continue;
		}
		if (*last != TLS_AGAIN || poll(&p, 1, end ? patience() : 100) <= 0)
			break;
	}
	buffer_add(&b, "", 1);
	return b;
}

/* What the peer reads, 0: only that it is the end. */
static int peer_reads(char *to, int size)
{
	int n = 0;

	for (int i = 0; i < 2000 && n <= 0 && !(SSL_get_shutdown(peer) & SSL_RECEIVED_SHUTDOWN); i++) {
		carry();
		n = SSL_read(peer, to, size);
		if (n <= 0)
			usleep(1000);
	}
	return n > 0 ? n : 0;
}

static const char *peer_hears(void)
{
	static char text[4000];
	int n = peer_reads(text, sizeof(text) - 1);

	text[n] = 0;
	return !n ? "nothing" : strncmp(text, "SIP/2.0 403 ", 12) == 0 && strstr(text, "Call-ID: unknown-1") ? "403" : text;
}

static bool is_over(long result)
{
	return result == TLS_ENDED || result == TLS_BROKEN;
}

/* Neither end has anything of the connection any more, though the peer had said more. */
static void tell_the_end(long last)
{
	char text[3000];
	bool again = is_over(read_once(text, sizeof(text))) && is_over(read_once(text, sizeof(text)));
	bool none = library->pending(host) == 0, written = library->write(host, "text", 4, false) > 0;
	bool ended = peer_reads(text, sizeof(text)) == 0 && SSL_get_shutdown(peer) & SSL_RECEIVED_SHUTDOWN;

	tell("then: nothing is read %d, again %d, nothing there %d, nothing written %d, the peer told %d",
		is_over(last), again, none, !written, ended);
}

static void at_member(int listener, const char *what, size_t piece)
{
	long last;

	come(listener, M4, 5061);
	peer_says(request, sizeof(request) - 1, piece);
	struct buffer b = host_reads("body", &last);
	tell("%s: X-Bond-In: ext %d, forged %d, a mark %d, all of it %d", what, buffer_has(&b, "\r\nX-Bond-In: ext\r\n"),
		buffer_has(&b, "other"), buffer_has(&b, ";bond-in="), buffer_has(&b, REST));
}

static void at_no_member(int listener, const char *what, size_t piece)
{
	long last;

	come(listener, H4, 5061);
	peer_says(request, sizeof(request) - 1, piece);
	peer_says(response, sizeof(response) - 1, piece);
	struct buffer b = host_reads(NULL, &last);
	tell("%s, at no member: the host reads %zu, the peer %s", what, b.n - 1, peer_hears());
	tell_the_end(last);
	go();
}

static void without_an_end(int listener)
{
	long last;

	come(listener, M4, 5061);
	peer_says(request, sizeof(request) - 1, 10000);
	peer_says(endless, sizeof(endless) - 1, 10000);
	peer_says(response, sizeof(response) - 1, 10000);
	struct buffer b = host_reads(NULL, &last);
	tell("without an end: the host reads the one before %d, and of it %d", buffer_has(&b, REST),
		buffer_has(&b, "sip:y") || buffer_has(&b, "200 OK"));
	tell_the_end(last);
	go();
}

static void at_the_end(int listener)
{
	long last;

	come(listener, M4, 5061);
	peer_says(request, 90, 90);
	SSL_shutdown(peer);
	carry();
	struct buffer b = host_reads(NULL, &last);
	tell("half of one at the end: the host reads %zu", b.n - 1);
	go();
}

static void all(int own, int member)
{
	char text[100];
	long last;

	at_member(member, "at the member", 10000);
	tell("read again: come back %d", read_once(text, sizeof(text)) == TLS_AGAIN);
	go();
	at_member(member, "pieces at the member", 7);
	peer_says(response, sizeof(response) - 1, 100);
	struct buffer b = host_reads("\r\n\r\n", &last);
	tell("a response in between: passes %d", buffer_has(&b, "SIP/2.0 200 OK"));
	go();
	at_no_member(own, "whole", 10000);
	at_no_member(own, "in pieces", 11);
	without_an_end(member);
	at_the_end(member);
	come(member, M4, 5061);
	peer_says("GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27, 100);
	b = host_reads("\r\n\r\n", &last);
	tell("HTTP: %d", buffer_has(&b, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
	go();
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "openssl";
	struct buffer first;

	tls12 = strstr(how, "12") || strstr(how, "mbedtls");
	library = tls_end_open(how, RTLD_GLOBAL);
	if (!library)
		die(dlerror());
	int own = tcp_listener(H4, 5061), member = tcp_listener(M4, 5061);
	tls_pem(&certificate, &key);
	all(own, member);
	first = told;
	say("%.*s", (int)first.n - 1, first.p);
	for (way = 1; way < 4; way++) {
		told = (struct buffer){0};
		all(own, member);
		say("way %d is the same: %d", way, buffer_same(&told, &first));
		if (!buffer_same(&told, &first))
			say("%.*s", (int)told.n - 1, told.p);
	}
	return 0;
}
