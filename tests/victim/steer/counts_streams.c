/* SPDX-License-Identifier: MIT */
/* Messages on connections are counted once, whole ones, however they are cut into calls, each way; and the
 * connections themselves by their route: steered, failed over, refused by a peer, without a member. */
/*ini
[bond:ext]
member = tcp:10.0.1.1:5060
[bond:six]
member = tcp:[fd00:1::1]:5060
[route:peer]
to = 10.0.3.1:5090
bond = ext
[route:six]
to = 203.0.113.0/24
bond = six
*/
/*expect
1656 bytes
and 154
-- counted
tcp:10.0.1.1:5060: requests 4, bytes 1810, responses 1, connections 1, accepted 1, came requests 1, came responses 2, edited 5
ext: requests 4, bytes 1810, responses 1, connections 1, accepted 1, came requests 1, came responses 2, edited 5
six: no member 2
six without a member: no member 2
route peer: connections 1
route six: no member 2
*/
#include "counts.h"
#include "stream.h"

static const char one[] = REQUEST("1", "4") "v=0\n";
static const char answer[] = "SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP 10.0.3.1;branch=z9hG4bK-7\r\nFrom: <sip:a@x>;tag=1\r\n"
			     "To: <sip:b@x>;tag=2\r\nCall-ID: 7\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";
static const char request[] = "OPTIONS sip:h@10.0.1.1 SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.3.1;branch=z9hG4bK-7\r\n"
			      "From: <sip:a@x>;tag=1\r\nTo: <sip:b@x>\r\nCall-ID: 7\r\nCSeq: 1 OPTIONS\r\n"
			      "Content-Length: 0\r\n\r\n";

static void send_all(int fd, const char *p, size_t n)
{
	for (size_t at = 0; at < n;)
		at += MUST(send(fd, p + at, n - at, 0));
}

static void read_all(int fd, size_t n)
{
	static char text[4096];

	for (size_t at = 0; at < n;)
		at += MUST(recv(fd, text, sizeof(text), 0));
}

int main(void)
{
	struct ep six = ep(OTHER4, 5060), closed = ep(T4, PEER_PORT);
	struct buffer wire = {0};
	int peer, in, fd;

	streams_open();
	fd = host_connect(&peer);
	for (int i = 0; i < 3; i++)
		send_all(fd, one, sizeof(one) - 1);
	MUST(send(fd, one, 100, 0));
	send_all(fd, one + 100, sizeof(one) - 101);
	while (peer_read(peer, &wire, 200))
		;
	say("%zu bytes", wire.n);
	peer_send(peer, answer, sizeof(answer) - 1);
	peer_send(peer, answer, sizeof(answer) - 1);
	read_all(fd, 2 * (sizeof(answer) - 1));
	int accepted = host_accept(&in);
	peer_send(in, request, sizeof(request) - 1);
	read_all(accepted, sizeof(request) - 1);
	send_all(accepted, answer, sizeof(answer) - 1);
	say("and %zu", sizeof(answer) - 1);
	raw(SYS_close, peer_listener, 0, 0, 0, 0, 0);
	for (int i = 0; i < 2; i++) {
		int s = MUST(socket(AF_INET, SOCK_STREAM, 0));
		if (connect(s, &closed.sa, closed.len) != -1 || errno != ECONNREFUSED)
			die("nobody listens there");
		s = MUST(socket(AF_INET, SOCK_STREAM, 0));
		if (connect(s, &six.sa, six.len) != -1 || errno != ENETUNREACH)
			die("there is no member");
	}
	say_counts("counted");
	return 0;
}
