/* SPDX-License-Identifier: MIT */
/* What is not SIP passes byte for byte, both ways and at once, on a connection where SIP could be; and
 * a stream of SIP that breaks its framing is edited again from the next send on that begins a message. */
/*ini
[bond:ext]
member = tcp:10.0.1.1:5060
[route:peer]
to = 10.0.3.1:5090
bond = ext
*/
/*expect
the peer sees the member
small letters: 1 of 1, back 1 of 1
HTTP: 26 of 26, back 26 of 26
TLS: 6 of 6, back 6 of 6
no Content-Length: edited, then edited again
two that differ: edited, then edited again
a wait of a blocking read ends: 30
SO_RCVTIMEO: 30
*/
#include "stream.h"

static const char one[] = REQUEST("1", "0");
#define ONE (sizeof(one) - 1)

static struct buffer wire;

static size_t by_peer(int peer)
{
	struct buffer b = {0};

	peer_read(peer, &b, 2000);
	return b.n;
}

static void both_ways(const char *what, const char *p, size_t n)
{
	int peer, fd = host_connect(&peer);
	char text[100];
	size_t there, back;

	MUST(send(fd, p, n, 0));
	there = by_peer(peer);
	close(fd);
	peer_close(peer);
	fd = host_accept(&peer);
	peer_send(peer, p, n);
	wait_readable(fd);
	back = recv(fd, text, sizeof(text), 0);
	say("%s: %zu of %zu, back %zu of %zu", what, there, n, back, n);
	close(fd);
	peer_close(peer);
}

/* A message whose head ends the framing, then another in the same stream. */
static void broken(const char *what, const char *head)
{
	struct buffer b = {0};
	int peer, fd = host_connect(&peer);
	char text[2000];
	size_t n = sprintf(text, "OPTIONS sip:x@10.0.3.1 SIP/2.0\r\nVia: SIP/2.0/TCP "
				 "10.0.2.1;branch=z9hG4bK-5\r\n%s\r\n", head);

	MUST(send(fd, one, ONE, 0));
	while (!buffer_has(&b, "\r\n\r\n") && peer_read(peer, &b, 2000))
		;
	bool edited = buffer_has(&b, ";bond=");
	MUST(send(fd, text, n, 0));
	MUST(send(fd, one, ONE, 0));
	b.n = 0;
	while (!buffer_has(&b, "Contact: <sip:host@10") && peer_read(peer, &b, 2000))
		;
	say("%s: %s, then %s", what, edited ? "edited" : "not edited",
		b.n >= wire.n && memcmp(b.p + b.n - wire.n, wire.p, wire.n) == 0 ? "edited again"
										 : "untouched");
	close(fd);
	peer_close(peer);
}

int main(void)
{
	struct timeval little = {0, 100000};
	char text[100];
	int peer, fd;

	streams_open();
	wire = wire_of(one, ONE);
	say("the peer sees the %s", buffer_has(&wire, "10.0.1.1") ? "member" : "host");
	both_ways("small letters", "x", 1);
	both_ways("HTTP", "GET /index.html HTTP/1.1\r\n", 26);
	both_ways("TLS", "\x16\x03\x01\x02\x00\x01", 6);
	broken("no Content-Length", "");
	broken("two that differ", "Content-Length: 0\r\nl: 5\r\n");

	/* a start line that does not go on */
	fd = host_accept(&peer);
	peer_send(peer, "OPTIONS sip:somebody@somewhere", 30);
	say("a wait of a blocking read ends: %zd", recv(fd, text, sizeof(text), 0));
	close(fd);
	peer_close(peer);
	fd = host_accept(&peer);
	MUST(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &little, sizeof(little)));
	peer_send(peer, "OPTIONS sip:somebody@somewhere", 30);
	say("SO_RCVTIMEO: %zd", recv(fd, text, sizeof(text), 0));
	return 0;
}
