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
#include "trace_tls.h"

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
	open_talk(&k, NULL, 0);
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

static void it_is_asked(void)
{
	static char text[20000];
	struct talk k;

	say("-- it is asked: plainly, with a forged mark");
	open_talk(&k, M4, 5061);
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
	open_talk(&k, M4, 5443);
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
	begin_trace(argc, argv);
	tcp_listener(H4, 5061);
	streams_open();
	it_asks();
	it_is_asked();
	a_websocket();
	unlink(getenv("BOND_TRACE_FILE"));
	return 0;
}
