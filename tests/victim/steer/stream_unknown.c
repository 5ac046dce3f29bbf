/* SPDX-License-Identifier: MIT */
/* A request on a connection to a listener of no bond: the host never sees it, the peer gets 403,
 * and the connection ends; whole, in two parts, and to a reader that does not wait. On a
 * member's connection it arrives. */
/*ini
[bond:ext]
member = tcp:10.0.1.1:5060
[route:peer]
to = 10.0.3.1:5090
bond = ext
[host]
unknown = 403
secret = a long secret of this test
*/
/*expect
member: 1
whole: the host reads 0, the peer 403
in two parts: the host reads 0, the peer 403
not waited for: the host reads -1, then 0, the peer 403
*/
#include "stream.h"

#include <fcntl.h>

static const char request[] =
	"OPTIONS sip:x@10.0.2.1 SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.3.1;branch=z9hG4bK-5\r\n"
	"From: <sip:a@10.0.3.1>;tag=1\r\nTo: <sip:x@10.0.2.1>\r\nCall-ID: unknown-1\r\n"
	"CSeq: 1 OPTIONS\r\nUser-Agent: a peer that nobody has heard of before\r\n"
	"Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n";

static int accept_at_h(int *peer)
{
	struct ep to = ep(H4, 5060), from = ep(T4, 0);

	*peer = raw(SYS_socket, AF_INET, SOCK_STREAM, 0, 0, 0, 0);
	raw(SYS_bind, *peer, (long)&from.ss, from.len, 0, 0, 0);
	if (raw(SYS_connect, *peer, (long)&to.ss, to.len, 0, 0, 0) != 0)
		die("the peer's connect");
	return MUST(accept(listener_h, NULL, NULL));
}

/* What the peer hears until the connection's end. */
static const char *heard(int peer)
{
	static char text[2000];
	long n = 0, got;

	while (n < 1000 && (got = raw(SYS_recvfrom, peer, (long)(text + n), 999 - n, 0, 0, 0)) > 0)
		n += got;
	text[n > 0 ? n : 0] = '\0';
	if (n == 0)
		return "nothing";
	return strncmp(text, "SIP/2.0 403 ", 12) == 0 && strstr(text, "CSeq: 1 OPTIONS\r\n") &&
			strstr(text, "Call-ID: unknown-1\r\n") && strstr(text, ";tag=1\r\n") &&
			strstr(text, "branch=z9hG4bK-5")
		? "403"
		: text;
}

int main(void)
{
	char text[2000];
	int peer, fd;

	streams_open();
	fd = host_accept(&peer);
	peer_send(peer, request, sizeof(request) - 1);
	say("member: %d", recv(fd, text, sizeof(text), 0) > 0);
	close(fd);
	peer_close(peer);

	fd = accept_at_h(&peer);
	peer_send(peer, request, sizeof(request) - 1);
	ssize_t n = recv(fd, text, sizeof(text), 0);
	say("whole: the host reads %zd, the peer %s", n, heard(peer));
	close(fd);
	peer_close(peer);

	fd = accept_at_h(&peer);
	peer_send(peer, request, 50);
	if (fork() == 0) {
		usleep(100000);
		peer_send(peer, request + 50, sizeof(request) - 51);
		_exit(0);
	}
	n = recv(fd, text, sizeof(text), 0);
	say("in two parts: the host reads %zd, the peer %s", n, heard(peer));
	close(fd);
	peer_close(peer);

	fd = accept_at_h(&peer);
	MUST(fcntl(fd, F_SETFL, O_NONBLOCK));
	peer_send(peer, request, 50);
	usleep(50000);
	ssize_t first = recv(fd, text, sizeof(text), 0);
	peer_send(peer, request + 50, sizeof(request) - 51);
	wait_readable(fd);
	n = recv(fd, text, sizeof(text), 0);
	say("not waited for: the host reads %zd, then %zd, the peer %s", first, n, heard(peer));
	return 0;
}
