/* SPDX-License-Identifier: MIT */
/* What a host writes to a TLS library is a line of the trace, by the library's own name, in the clear and by which
 * member it goes, and so is what it reads where something of it was restored or removed; of a WebSocket it is the message
 * of the frame. All of them are chosen by SSL_write and SSL_read, or by their own names. */
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
member = wss:10.0.1.1:5443
[route:peer]
to = 10.0.3.1:5090
transport = tls
bond = ext
[bond:other]
member = tls:10.0.2.1:5071
[route:back]
from = ext
bond = other
[host]
secret = a long secret of this test
*/
/*expect
-- it asks
WRITE(<TLS:[10.0.1.1:*->10.0.3.1:5090]>, "INVITE sip:bob@10.0.3.1:5090;tra"..., 328) = 328 <T> ! already right: ext tls:10.0.1.1:5061, route peer, edited via record-route, Call-ID "c-asks"
-- in two pieces
WRITE(<TLS:[10.0.1.1:*->10.0.3.1:5090]>, "BYE sip:bob@10.0.3.1:5090;transp"..., 60) = 60 <T> ! already right: ext tls:10.0.1.1:5061, route peer
WRITE(<TLS:[10.0.1.1:*->10.0.3.1:5090]>, "0/TLS 10.0.2.1:5061;branch=z9hG4"..., 262) = 262 <T> ! already right: ext tls:10.0.1.1:5061, route peer, edited via record-route
-- it is answered
READ(<TLS:[10.0.1.1:*->10.0.3.1:5090]>, "SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS"..., N) = N <T> ! arrived at ext tls:10.0.1.1:5061, restored via record-route, Call-ID "c-asks"
-- it is asked: plainly, with a forged mark
READ(<TLS:[10.0.1.1:5061->10.0.3.1:*]>, "OPTIONS sip:a SIP/2.0\r\nVia: SIP/"..., N) = N <T> ! arrived at ext tls:10.0.1.1:5061, removed bond-in, Call-ID "forged"
-- a WebSocket
WRITE(<WSS:[10.0.1.1:5443->10.0.3.1:*]>, "HTTP/1.1 101 Switching Protocols"..., 106) = 106 <T> ! already right: ext wss:10.0.1.1:5443
READ(<WSS:[10.0.1.1:5443->10.0.3.1:*]>, "OPTIONS sip:a SIP/2.0\r\nVia: SIP/"..., N) = N <T> ! arrived at ext wss:10.0.1.1:5443, removed bond-in, Call-ID "framed"
WRITE(<WSS:[10.0.1.1:5443->10.0.3.1:*]>, "SIP/2.0 200 OK\r\nVia: SIP/2.0/WSS"..., 153) = 153 <T> ! already right: ext wss:10.0.1.1:5443, Call-ID "framed"
*/
#include "stream.h"

#include "../lib/tls_end.h"
#include "../lib/tls_pair.h"

static char file[] = "/tmp/trace-tls-XXXXXX";
static const char *how = "openssl";
static const struct tls_end *library;
static char *certificate, *key;

struct talk {
	void *host;
	SSL_CTX *context;
	SSL *peer;
	int fds[2];
};

/* One word of two, by the library. */
static const char *name_of(bool writes)
{
	static const char *const names[][3] = {{"openssl", "SSL_read", "SSL_write"},
		{"gnutls", "gnutls_record_recv", "gnutls_record_send"}, {"mbedtls", "mbedtls_ssl_read", "mbedtls_ssl_write"},
		{"wolfssl", "wolfSSL_read", "wolfSSL_write"}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(how, names[i][0]) == 0)
			return names[i][1 + writes];
	die("no such library");
	return NULL;
}

/* The lines that the trace has now, without what differs from run to run, or by the library. */
static void say_trace(void)
{
	static char text[100000];
	static long at;
	int fd = MUST(open(getenv("BOND_TRACE_FILE"), O_RDONLY | O_CREAT, 0600));
	long n = MUST(pread(fd, text, sizeof(text) - 1, at));

	close(fd);
	at += n;
	text[n] = '\0';
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		char out[3000];
		size_t to = 0;
		if (strncmp(line, "[pid ", 5) != 0)
			continue; /* libbond's own sentences */
		line = strchr(line, ']') + 2;
		line += strcspn(line, " ") + 1; /* the time */
		for (int writes = 0; writes < 2; writes++) {
			size_t size = strlen(name_of(writes));
			if (strncmp(line, name_of(writes), size) == 0 && line[size] == '(') {
				to += sprintf(out, writes ? "WRITE" : "READ");
				line += size;
			}
		}
		bool reads = to == 4;
		for (char *c = line; *c && to < sizeof(out) - 20; c++) {
			out[to++] = *c;
			if (strncmp(c, ") ", 2) == 0 && strspn(c + 1, " ") > 1) {
				c += strspn(c + 1, " ") - 1;
			} else if (*c == '<' && strspn(c + 1, "0123456789.") && c[1 + strspn(c + 1, "0123456789.")] == '>') {
				to += sprintf(out + to, "T");
				c += strspn(c + 1, "0123456789.");
			} else if (*c == ':' && atoi(c + 1) >= CHOSEN_PORTS) {
				out[to++] = '*';
				c += strspn(c + 1, "0123456789");
			} else if (reads && (strncmp(c, "..., ", 5) == 0 || strncmp(c, ") = ", 4) == 0)) {
				c += *c == '.' ? 5 : 4;
				to += sprintf(out + to, "%s", *c && c[-2] == ',' ? ".., N" : " = N") ;
				c += strspn(c, "0123456789") - 1;
			}
		}
		say("%.*s", (int)to, out);
	}
}

/* The peer's bytes go past libbond. */
static void carry(struct talk *k)
{
	static char bytes[40000];
	int n;

	while ((n = BIO_read(SSL_get_wbio(k->peer), bytes, sizeof(bytes))) > 0)
		raw(SYS_sendto, k->fds[1], (long)bytes, n, MSG_NOSIGNAL, 0, 0);
	long got = raw(SYS_recvfrom, k->fds[1], (long)bytes, sizeof(bytes), MSG_DONTWAIT, 0, 0);
	if (got > 0)
		BIO_write(SSL_get_rbio(k->peer), bytes, (int)got);
}

/* asked: the peer comes, to that port of the member. */
static void open_talk(struct talk *k, bool asked, int port)
{
	int listener = asked ? tcp_listener(M4, port) : -1;
	long over = TLS_AGAIN;

	k->fds[0] = asked ? host_accept_by(listener, port, &k->fds[1]) : host_connect(&k->fds[1]);
	MUST(fcntl(k->fds[0], F_SETFL, O_NONBLOCK));
	k->context = SSL_CTX_new(asked ? TLS_client_method() : TLS_server_method());
	tls_certify(k->context);
	SSL_CTX_set_max_proto_version(k->context, TLS1_2_VERSION);
	k->peer = SSL_new(k->context);
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
	BIO_set_mem_eof_return(in, -1);
	SSL_set_bio(k->peer, in, out);
	if (asked)
		SSL_set_connect_state(k->peer);
	else
		SSL_set_accept_state(k->peer);
	k->host = library->open(&(struct tls_end_as){k->fds[0], asked, true, 0, certificate, key});
	for (int i = 0; i < 20000 && (over != 1 || !SSL_is_init_finished(k->peer)); i++) {
		SSL_do_handshake(k->peer);
		carry(k);
		if (over != 1)
			over = library->shake_hands(k->host);
		usleep(100);
	}
	if (over != 1)
		die("the handshake");
	if (asked)
		close(listener);
}

static void close_talk(struct talk *k)
{
	library->close(k->host);
	SSL_free(k->peer);
	SSL_CTX_free(k->context);
	close(k->fds[0]);
	peer_close(k->fds[1]);
}

static void host_writes(struct talk *k, const char *p, size_t n)
{
	if (library->write(k->host, p, n, false) != (long)n)
		die("the host's write");
}

/* What the host reads; 0: nothing within that time. */
static size_t host_reads(struct talk *k, char *to, size_t size)
{
	for (int i = 0; i < 100 * patience(); i++) {
		carry(k);
		long n = library->read(k->host, to, size);
		if (n > 0)
			return (size_t)n;
		usleep(100);
	}
	die("nothing to read");
	return 0;
}

/* What the peer reads, up to the end of a head. */
static struct buffer peer_reads(struct talk *k)
{
	static char text[20000];
	struct buffer b = {0};

	for (int i = 0; i < 100 * patience() && !(b.n && memmem(b.p, b.n, "\r\n\r\n", 4)); i++) {
		carry(k);
		int n = SSL_read(k->peer, text, sizeof(text));
		if (n > 0)
			buffer_add(&b, text, (size_t)n);
		else
			usleep(100);
	}
	return b;
}

static void peer_says(struct talk *k, const void *p, size_t n)
{
	SSL_write(k->peer, p, (int)n);
	carry(k);
}

static int message(char *to, const char *method, int number, const char *call_id)
{
	return sprintf(to,
		"%s sip:bob@10.0.3.1:5090;transport=tls SIP/2.0\r\n"
		"Via: SIP/2.0/TLS 10.0.2.1:5061;branch=z9hG4bK-%d\r\nVia: SIP/2.0/TLS 10.0.3.7:5070;branch=z9hG4bK-0\r\n"
		"Record-Route: <sip:10.0.2.1:5061;transport=tls;lr>\r\nMax-Forwards: 70\r\n"
		"From: <sip:a@10.0.9.9>;tag=1\r\nTo: <sip:bob@10.0.3.1>\r\nCall-ID: %s\r\nCSeq: %d %s\r\n"
		"Content-Length: 0\r\n\r\n", method, number, call_id, number, method);
}

static void it_asks(void)
{
	static char text[20000];
	struct talk k;
	int n = message(text, "INVITE", 1, "c-asks");

	say("-- it asks");
	open_talk(&k, false, 0);
	host_writes(&k, text, (size_t)n);
	struct buffer wire = peer_reads(&k);
	say_trace();
	say("-- in two pieces");
	n = message(text, "BYE", 2, "c-asks");
	host_writes(&k, text, 60);
	say_trace();
	host_writes(&k, text + 60, (size_t)n - 60);
	peer_reads(&k);
	say_trace();
	say("-- it is answered");
	struct buffer answer = response_of(&wire, "");
	char *end = memmem(answer.p, answer.n, "Content-Length", 14);
	struct buffer whole = {0};
	buffer_add(&whole, answer.p, (size_t)(end - answer.p));
	buffer_add(&whole, "Call-ID: c-asks\r\nContent-Length: 0\r\n\r\n", 38);
	peer_says(&k, whole.p, whole.n);
	host_reads(&k, text, sizeof(text));
	say_trace();
	close_talk(&k);
}

static int options(char *to, const char *transport, const char *mark, const char *call_id)
{
	return sprintf(to,
		"OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/%s x;branch=z9hG4bK-%s%s\r\nFrom: <sip:x@y>;tag=1\r\nTo: <sip:a>\r\n"
		"CSeq: 1 OPTIONS\r\nCall-ID: %s\r\nContent-Length: 0\r\n\r\n", transport, call_id, mark, call_id);
}

static void it_is_asked(void)
{
	static char text[20000];
	struct talk k;

	say("-- it is asked: plainly, with a forged mark");
	open_talk(&k, true, 5061);
	peer_says(&k, text, (size_t)options(text, "TLS", "", "plain"));
	host_reads(&k, text, sizeof(text));
	peer_says(&k, text, (size_t)options(text, "TLS", ";bond-in=aaaaaaaaaa", "forged"));
	host_reads(&k, text, sizeof(text));
	say_trace();
	close_talk(&k);
}

/* A frame of text of less than 64 KiB. */
static size_t frame(char *to, bool masked, const char *p, size_t n)
{
	unsigned char head[8] = {0x81, (unsigned char)(126 | masked << 7), (unsigned char)(n >> 8), (unsigned char)n, 1, 2, 3, 4};
	size_t size = masked ? 8 : 4;

	memcpy(to, head, size);
	for (size_t i = 0; i < n; i++)
		to[size + i] = (char)(p[i] ^ (masked ? head[4 + i % 4] : 0));
	return size + n;
}

static void a_websocket(void)
{
	static const char asks[] = "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
				   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: sip\r\n"
				   "Sec-WebSocket-Version: 13\r\n\r\n";
	static const char answers[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
				      "Sec-WebSocket-Protocol: sip\r\n\r\n";
	static char text[20000], framed[20000];
	struct talk k;

	say("-- a WebSocket");
	open_talk(&k, true, 5443);
	peer_says(&k, asks, sizeof(asks) - 1);
	host_reads(&k, text, sizeof(text));
	host_writes(&k, answers, sizeof(answers) - 1);
	peer_reads(&k);
	int n = options(text, "WSS", ";bond-in=aaaaaaaaaa", "framed");
	peer_says(&k, framed, frame(framed, true, text, (size_t)n));
	host_reads(&k, text, sizeof(text));
	n = options(text, "WSS", "", "framed");
	memmove(text, text + 7, (size_t)n - 7);
	memcpy(text, "SIP/2.0 200 OK", 14);
	host_writes(&k, framed, frame(framed, false, text, (size_t)n - 7));
	peer_reads(&k);
	say_trace();
	close_talk(&k);
}

int main(int argc, char **argv)
{
	how = argc > 1 ? argv[1] : how;
	if (argc < 3) {
		close(MUST(mkstemp(file)));
		setenv("BOND_TRACE", "SSL_write,SSL_read", 1);
		setenv("BOND_TRACE_FILE", file, 1);
		execl("/proc/self/exe", argv[0], how, "again", NULL);
		die("exec");
	}
	library = tls_end_open(how, RTLD_GLOBAL);
	if (!library)
		die(dlerror());
	tcp_listener(H4, 5061);
	streams_open();
	tls_pem(&certificate, &key);
	it_asks();
	it_is_asked();
	a_websocket();
	unlink(getenv("BOND_TRACE_FILE"));
	return 0;
}
