/* SPDX-License-Identifier: MIT */
/* A WebSocket above TLS that could be of SIP and cannot be read: where the host's script decides by what arrives, the
 * connection ends with its 101, or with what comes on it. Of another subprotocol it goes on. */
/*victim
cc: -O1 -lssl -lcrypto
preload: @tls @
*/
/*ini
[bond:ext]
member = wss:10.0.1.1:5443
[host]
header = X-Bond
header-over-tls = trust
*/
/*expect
SIP: written 1, told the bond 1
an extension: written 0, the peer reads the end 1, the host 1
no subprotocol: written 0, the peer reads the end 1, the host 1
asked for behind a POST: written 0, the peer reads the end 1, the host 1
another subprotocol: written 1, read as it is 1
a frame without a handshake: the host reads the end 1
behind an odd frame of the host: the host reads the end 1
*/
#include "../lib/tls_pair.h"
#include "ws.h"

#define YES "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
#define SIP "Sec-WebSocket-Protocol: sip\r\n"
#define REQUEST                                                                                    \
	"OPTIONS sip:x@10.0.1.1:5443;transport=ws SIP/2.0\r\nVia: SIP/2.0/WSS a.invalid;branch=z9hG4bK1\r\n" \
	"X-Bond-In: forged\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n\r\n"

static struct tls_pair t;
static int listener, fds[2];

/* Moves what the peer has to say, and to hear, past libbond. */
static void carry(void)
{
	static char bytes[40000];
	int n;

	while ((n = BIO_read(SSL_get_wbio(t.ssl[0]), bytes, sizeof(bytes))) > 0)
		raw(SYS_sendto, fds[0], (long)bytes, n, MSG_NOSIGNAL, 0, 0);
	long got = raw(SYS_recvfrom, fds[0], (long)bytes, sizeof(bytes), MSG_DONTWAIT, 0, 0);
	if (got > 0)
		BIO_write(SSL_get_rbio(t.ssl[0]), bytes, (int)got);
	if (got == 0)
		BIO_set_mem_eof_return(SSL_get_rbio(t.ssl[0]), 0);
}

/* What that end reads: > 0, or 0 for the end. */
static int reads(int end, char *to, int size)
{
	for (int i = 0; i < 20000; i++) {
		carry();
		int n = SSL_read(t.ssl[end], to, size);
		if (n > 0)
			return n;
		int error = SSL_get_error(t.ssl[end], n);
		ERR_clear_error();
		if (error != SSL_ERROR_WANT_READ)
			return 0;
		usleep(500);
	}
	die("nothing to read");
	return 0;
}

static void come(void)
{
	struct ep to = ep(M4, 5443), from = ep(T4, 0);

	fds[0] = raw(SYS_socket, AF_INET, SOCK_STREAM, 0, 0, 0, 0);
	raw(SYS_bind, fds[0], (long)&from.ss, from.len, 0, 0, 0);
	if (raw(SYS_connect, fds[0], (long)&to.ss, to.len, 0, 0, 0) != 0)
		die("the peer's connect");
	fds[1] = MUST(accept(listener, NULL, NULL));
	MUST(fcntl(fds[1], F_SETFL, O_NONBLOCK));
	tls_contexts(&t, TLS1_3_VERSION);
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
	raw(SYS_close, fds[0], 0, 0, 0, 0, 0);
}

static void peer_says(const char *p, size_t n)
{
	SSL_write(t.ssl[0], p, (int)n);
	carry();
}

/* Whether what the host answers goes. */
static bool shake_hands(const char *ask, const char *answer)
{
	char text[4000];
	size_t n = 0;

	come();
	peer_says(ask, strlen(ask));
	while (n < strlen(ask)) {
		int now = reads(1, text, sizeof(text));
		if (!now)
			die("the host reads no head");
		n += (size_t)now;
	}
	bool went = SSL_write(t.ssl[1], answer, (int)strlen(answer)) > 0;
	if (went && !reads(0, text, sizeof(text)))
		die("the peer reads no head");
	return went;
}

static void check_shut(const char *name, const char *ask, const char *answer)
{
	char text[4000];
	bool written = shake_hands(ask, answer);
	bool peer = !written && !reads(0, text, sizeof(text)), host = !written && !reads(1, text, sizeof(text));

	say("%s: written %d, the peer reads the end %d, the host %d", name, written, peer, host);
	go();
}

static int frame_comes(unsigned first, const char *payload, char *to, int size)
{
	struct bytes b = {0};

	frame_add(&b, first, 0x01020304, payload, strlen(payload));
	peer_says(b.p, b.n);
	memset(to, 0, (size_t)size);
	return reads(1, to, size);
}

int main(void)
{
	char text[4000];
	struct bytes got = {0};
	struct frame f;

	listener = tcp_listener(M4, 5443);
	bool written = shake_hands(ASKS, ANSWERS "\r\n");
	int n = frame_comes(0x81, REQUEST, text, sizeof(text));
	bytes_add(&got, text, (size_t)n);
	say("SIP: written %d, told the bond %d", written, frame_read(&got, 0, &f) &&
		memmem(f.payload, f.n, "X-Bond-In: ext", 14) && !memmem(f.payload, f.n, "forged", 6));
	go();
	check_shut("an extension", ASKS, ANSWERS "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n");
	check_shut("no subprotocol", ASKS, YES "\r\n");
	check_shut("asked for behind a POST", "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", YES SIP "\r\n");
	written = shake_hands("GET / HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: sip, msrp\r\n\r\n",
		YES "Sec-WebSocket-Protocol: msrp\r\n\r\n");
	n = frame_comes(0xc2, "X-Bond-In: forged", text, sizeof(text));
	got.n = 0;
	bytes_add(&got, text, (size_t)n);
	say("another subprotocol: written %d, read as it is %d", written,
		frame_read(&got, 0, &f) && f.first == 0xc2 && memcmp(f.payload, "X-Bond-In: forged", f.n) == 0);
	go();
	come();
	say("a frame without a handshake: the host reads the end %d",
		!frame_comes(0x81, REQUEST, text, sizeof(text)));
	go();
	shake_hands(ASKS, ANSWERS "\r\n");
	SSL_write(t.ssl[1], "\xc1\x05hello", 7);
	say("behind an odd frame of the host: the host reads the end %d",
		!frame_comes(0x81, REQUEST, text, sizeof(text)));
	go();
	return 0;
}
