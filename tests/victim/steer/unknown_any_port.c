/* SPDX-License-Identifier: MIT */
/* [host] unknown holds for every listener of no bond, whatever its port and however it is bound: a
 * request that comes there is answered in the host's place, by UDP and TCP. What is no SIP passes, and
 * what comes to a member is the host's. */
/*ini
[host]
unknown = 403
[bond:in]
member = udp:10.0.1.1:5060
member = tcp:10.0.1.1:5060
*/
/*expect
udp 10.0.2.1:5080: EAGAIN, the peer hears 403, what is no SIP 4
udp 10.0.2.1:25060: EAGAIN, the peer hears 403, what is no SIP 4
udp 10.0.1.1:5080: EAGAIN, the peer hears 403, what is no SIP 4
udp 0.0.0.0:5082: EAGAIN, the peer hears 403, what is no SIP 4
udp [fd00:2::1]:5080: EAGAIN, the peer hears 403, what is no SIP 4
udp [::]:5084: EAGAIN, the peer hears 403, what is no SIP 4
udp 10.0.1.1:5060: 1, the peer hears nothing, what is no SIP 4
tcp 10.0.2.1:5080: 0, the peer hears 403, what is no SIP 4
tcp 10.0.2.1:25060: 0, the peer hears 403, what is no SIP 4
tcp 10.0.2.1:5061: 0, the peer hears 403, what is no SIP 4
tcp 10.0.2.1:80: 0, the peer hears 403, what is no SIP 4
tcp 10.0.1.1:5080: 0, the peer hears 403, what is no SIP 4
tcp 0.0.0.0:5082: 0, the peer hears 403, what is no SIP 4
tcp [fd00:2::1]:5080: 0, the peer hears 403, what is no SIP 4
tcp [::]:5084: 0, the peer hears 403, what is no SIP 4
tcp 10.0.1.1:5060: 1, the peer hears nothing, what is no SIP 0
tcp: behind an empty line: 0, the peer hears 403
tcp: behind a response: 1, then 0, the peer hears 403
tcp: HTTP: 18
tcp: HTTP in two: 18
tcp: TLS in two: 6
*/
#include "stream.h"

static const char request[] =
	"OPTIONS sip:x@10.0.2.1 SIP/2.0\r\nVia: SIP/2.0/%s 10.0.3.1;rport;branch=z9hG4bK-5\r\n"
	"From: <sip:a@10.0.3.1>;tag=1\r\nTo: <sip:x@10.0.2.1>\r\nCall-ID: unknown-1\r\n"
	"CSeq: 1 OPTIONS\r\nUser-Agent: a peer that nobody has heard of before\r\n"
	"Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n";

/* The peer's socket, to where that listener hears. */
static int peer_to(const char *address, int port, int type)
{
	bool any = strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0;
	struct ep to = ep(any ? H4 : address, port);
	int fd = raw(SYS_socket, to.ss.ss_family, type, 0, 0, 0, 0);

	if (raw(SYS_connect, fd, (long)&to.ss, to.len, 0, 0, 0) != 0)
		die("the peer's connect");
	return fd;
}

static const char *heard(int peer, bool wait)
{
	static char text[2000];
	struct pollfd p = {.fd = peer, .events = POLLIN};

	if (raw(SYS_poll, (long)&p, 1, wait ? 500 : 50, 0, 0, 0) != 1)
		return "nothing";
	long n = raw(SYS_recvfrom, peer, (long)text, sizeof(text) - 1, MSG_DONTWAIT, 0, 0);
	text[n > 0 ? n : 0] = '\0';
	return strncmp(text, "SIP/2.0 403 ", 12) == 0 ? "403" : text;
}

static void by_udp(const char *address, int port, bool refused)
{
	int fd = udp(address, port), peer = peer_to(address, port, SOCK_DGRAM);
	char text[2000], got[20];
	int n = sprintf(text, request, "UDP");

	peer_send(peer, text, n);
	wait_readable(fd);
	n = recv(fd, text, sizeof(text), MSG_DONTWAIT);
	sprintf(got, "%d", n > 0);
	const char *answer = heard(peer, refused);
	peer_send(peer, "PING", 4);
	wait_readable(fd);
	struct ep here = ep(address, port);
	say("udp %s: %s, the peer hears %s, what is no SIP %zd", ep_text(&here),
		n < 0 ? strerrorname_np(errno) : got, answer, recv(fd, text, sizeof(text), 0));
	close(fd);
	peer_close(peer);
}

static int answer_of(int fd, char *text, size_t size)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, 1000) == 1 ? recv(fd, text, size, 0) : -1;
}

static void by_tcp(const char *address, int port, bool refused)
{
	bool is_member = strcmp(address, M4) == 0 && port == 5060;
	int listener = is_member ? listener_m : tcp_listener(address, port);
	int peer = peer_to(address, port, SOCK_STREAM), fd = MUST(accept(listener, NULL, NULL));
	char text[2000];
	int n = sprintf(text, request, "TCP");

	peer_send(peer, text, n);
	n = answer_of(fd, text, sizeof(text));
	const char *answer = heard(peer, refused);
	close(fd);
	peer_close(peer);
	peer = peer_to(address, port, SOCK_STREAM);
	fd = MUST(accept(listener, NULL, NULL));
	peer_send(peer, "\x16\x03\x01\x02", 4);
	struct ep here = ep(address, port);
	say("tcp %s: %d, the peer hears %s, what is no SIP %d", ep_text(&here), n > 0, answer,
		answer_of(fd, text, sizeof(text)));
	close(fd);
	peer_close(peer);
	if (!is_member)
		close(listener);
}

static int at_5080(int listener, int *peer)
{
	*peer = peer_to(H4, 5080, SOCK_STREAM);
	return MUST(accept(listener, NULL, NULL));
}

/* In two writes, the second while the host waits. */
static void in_two(int listener, const char *what, const char *p, size_t n)
{
	int peer, fd = at_5080(listener, &peer);
	size_t got = 0;
	char text[100];

	MUST(fcntl(fd, F_SETFL, O_NONBLOCK));
	peer_send(peer, p, 3);
	usleep(20000);
	for (int i = 0; i < 2; i++) {
		ssize_t more = recv(fd, text + got, sizeof(text) - got, 0);
		got += more > 0 ? more : 0;
		if (i)
			break;
		peer_send(peer, p + 3, n - 3);
		wait_readable(fd);
	}
	say("tcp: %s in two: %zd", what, memcmp(text, p, n) == 0 ? (ssize_t)got : -1);
	close(fd);
	peer_close(peer);
}

int main(void)
{
	static const char http[] = "GET / HTTP/1.1\r\n\r\n";
	char text[2000], whole[2000];
	int peer, n, first;

	by_udp(H4, 5080, true);
	by_udp(H4, 25060, true);
	by_udp(M4, 5080, true);
	by_udp("0.0.0.0", 5082, true);
	by_udp(H6, 5080, true);
	by_udp("::", 5084, true);
	by_udp(M4, 5060, false);
	streams_open();
	by_tcp(H4, 5080, true);
	by_tcp(H4, 25060, true);
	by_tcp(H4, 5061, true);
	by_tcp(H4, 80, true);
	by_tcp(M4, 5080, true);
	by_tcp("0.0.0.0", 5082, true);
	by_tcp(H6, 5080, true);
	by_tcp("::", 5084, true);
	by_tcp(M4, 5060, false);

	int listener = tcp_listener(H4, 5080), fd = at_5080(listener, &peer);
	n = sprintf(whole, "\r\n\r\n");
	n += sprintf(whole + n, request, "TCP");
	peer_send(peer, whole, n);
	n = answer_of(fd, text, sizeof(text));
	say("tcp: behind an empty line: %d, the peer hears %s", n > 4, heard(peer, true));
	close(fd);
	peer_close(peer);

	fd = at_5080(listener, &peer);
	n = sprintf(whole, "SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP 10.0.2.1:5080;branch=z9hG4bK-1\r\n"
		"Content-Length: 0\r\n\r\n");
	first = n;
	n += sprintf(whole + n, request, "TCP");
	peer_send(peer, whole, n);
	n = answer_of(fd, text, sizeof(text));
	say("tcp: behind a response: %d, then %d, the peer hears %s", n == first,
		answer_of(fd, text, sizeof(text)), heard(peer, true));
	close(fd);
	peer_close(peer);

	fd = at_5080(listener, &peer);
	peer_send(peer, http, 18);
	say("tcp: HTTP: %d", answer_of(fd, text, sizeof(text)));
	close(fd);
	peer_close(peer);
	in_two(listener, "HTTP", http, 18);
	in_two(listener, "TLS", "\x16\x03\x01\x02\x00\x01", 6);
	return 0;
}
