/* SPDX-License-Identifier: MIT */
/* Where the host's script decides by what arrives (header), nothing that breaks the framing reaches it,
 * and the script's headers never cross the wire. */
/*ini
[bond:ext]
member = tcp:10.0.1.1:5060
[route:peer]
to = 10.0.3.1:5090
bond = ext
[host]
header = X-Bond
secret = a long secret of this test
*/
/*expect
sent: X-Bond 0
told: X-Bond-In: ext 1, forged 0, mark 1
after a break of the framing: 0, the peer hears the end
what is no SIP from the start: 0
TLS on a connection of the host's own: 6
*/
#include "stream.h"

static const char plain[] =
	"OPTIONS sip:x@10.0.3.1 SIP/2.0\r\nX-Bond-Out: ext\r\nx-bond-in : forged\r\n"
	"Via: SIP/2.0/TCP 10.0.2.1;branch=z9hG4bK-5\r\nContent-Length: 0\r\n\r\n";

static ssize_t read_once(int fd, char *text, size_t size)
{
	wait_readable(fd);
	return recv(fd, text, size, 0);
}

static bool peer_at_end(int peer)
{
	char c;
	struct pollfd p = {.fd = peer, .events = POLLIN};

	return raw(SYS_poll, (long)&p, 1, 2000, 0, 0, 0) == 1 &&
		raw(SYS_recvfrom, peer, (long)&c, 1, MSG_DONTWAIT, 0, 0) == 0;
}

int main(void)
{
	struct buffer b;
	char text[2000];
	int peer, fd;
	ssize_t n;

	streams_open();
	b = wire_of(plain, sizeof(plain) - 1);
	say("sent: X-Bond %d", buffer_has(&b, "X-Bond") || buffer_has(&b, "x-bond"));
	fd = host_accept(&peer);
	peer_send(peer, plain, sizeof(plain) - 1);
	n = read_once(fd, text, sizeof(text));
	b = (struct buffer){text, n > 0 ? n : 0, 0};
	say("told: X-Bond-In: ext %d, forged %d, mark %d", buffer_has(&b, "X-Bond-In: ext\r\n"),
		buffer_has(&b, "forged") || buffer_has(&b, "X-Bond-Out"), buffer_has(&b, ";bond-in="));
	peer_send(peer, "OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.3.1;branch=z9\r\n\r\n", 62);
	n = read_once(fd, text, sizeof(text));
	say("after a break of the framing: %zd, the peer hears %s", n,
		peer_at_end(peer) ? "the end" : "nothing");
	close(fd);
	peer_close(peer);
	fd = host_accept(&peer);
	peer_send(peer, "GET / HTTP/1.1\r\n", 16);
	say("what is no SIP from the start: %zd", read_once(fd, text, sizeof(text)));
	close(fd);
	peer_close(peer);
	fd = host_connect(&peer);
	MUST(send(fd, "\x16\x03\x01\x02\x00\x01", 6, 0));
	peer_send(peer, "\x16\x03\x03\x02\x00\x01", 6);
	say("TLS on a connection of the host's own: %zd", read_once(fd, text, sizeof(text)));
	return 0;
}
