/* SPDX-License-Identifier: MIT */
/* Where the host's script decides by what arrives, only a listener for SIP over TCP ends a connection
 * that speaks something else. A member's number at another address, or of another transport, makes
 * none: TLS, HTTP and what a host speaks besides pass there, whole and cut. */
/*ini
[bond:ext]
member = tcp:10.0.1.1:5060
member = wss:10.0.1.1:4443
member = ws:10.0.1.1:8080
member = tls:10.0.1.1:6061
member = udp:10.0.1.1:7070
member = tcp:10.0.1.1:7060
[route:peer]
to = 10.0.3.1:5090
bond = ext
[host]
header = X-Bond
unknown = 403
secret = a long secret of this test
*/
/*expect
10.0.2.1:4443: TLS 6, in two 6, HTTP 18
10.0.2.1:8080: TLS 6, in two 6, HTTP 18
10.0.2.1:6061: TLS 6, in two 6, HTTP 18
10.0.2.1:7070: TLS 6, in two 6, HTTP 18
10.0.2.1:7060: TLS 6, in two 6, HTTP 18
10.0.2.1:5061: TLS 6, in two 6, HTTP 18
10.0.2.1:443: TLS 6, in two 6, HTTP 18
10.0.1.1:4443: TLS 6, in two 6, HTTP 18
10.0.1.1:8080: TLS 6, in two 6, HTTP 18
10.0.1.1:6061: TLS 6, in two 6, HTTP 18
10.0.1.1:7060: TLS 0, in two 0, HTTP 0
10.0.2.1:5060: TLS 0, in two 0, HTTP 0
*/
#include "stream.h"

static int come(int listener, const char *address, int port, int *peer)
{
	struct ep to = ep(address, port);

	*peer = raw(SYS_socket, AF_INET, SOCK_STREAM, 0, 0, 0, 0);
	if (raw(SYS_connect, *peer, (long)&to.ss, to.len, 0, 0, 0) != 0)
		die("the peer's connect");
	return MUST(accept(listener, NULL, NULL));
}

static size_t passes(int listener, const char *address, int port, const char *p, size_t n, size_t cut)
{
	int peer, fd = come(listener, address, port, &peer);
	struct buffer b = {0};
	char text[100];

	MUST(fcntl(fd, F_SETFL, O_NONBLOCK));
	peer_send(peer, p, cut);
	usleep(5000);
	for (ssize_t got; b.n < n; buffer_add(&b, text, got)) {
		got = recv(fd, text, sizeof(text), 0);
		if (got < 0 && cut < n) {
			peer_send(peer, p + cut, n - cut);
			cut = n;
		} else if (got == 0) {
			break;
		}
		if (got < 0) {
			wait_readable(fd);
			got = 0;
		}
	}
	close(fd);
	peer_close(peer);
	return b.n == 0 || memcmp(b.p, p, b.n) == 0 ? b.n : 0;
}

int main(void)
{
	static const struct {
		const char *address;
		int port;
	} all[] = {{H4, 4443}, {H4, 8080}, {H4, 6061}, {H4, 7070}, {H4, 7060}, {H4, 5061}, {H4, 443},
		{M4, 4443}, {M4, 8080}, {M4, 6061}, {M4, 7060}, {H4, 5060}};
	static const char tls[] = "\x16\x03\x01\x02\x00\x01", http[] = "GET / HTTP/1.1\r\n\r\n";

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		const char *at = all[i].address;
		int port = all[i].port, listener = tcp_listener(at, port);
		struct ep here = ep(at, port);
		size_t whole = passes(listener, at, port, tls, 6, 6),
		       in_two = passes(listener, at, port, tls, 6, 2);
		say("%s: TLS %zu, in two %zu, HTTP %zu", ep_text(&here), whole, in_two,
			passes(listener, at, port, http, 18, 18));
		close(listener);
	}
	return 0;
}
