/* SPDX-License-Identifier: MIT */
/* Where the host's script decides by what arrives, a WebSocket is told its bond, what a peer forged does not
 * come in, what cannot be edited ends the connection, and other listeners are for nobody. A WebSocket that could be of
 * SIP and cannot be read ends at its 101, or with the next that comes; HTTP and other WebSockets go on. */
/*ini
[bond:ext]
member = ws:10.0.1.1:5080
[bond:beside]
member = ws:10.0.1.1:5081
[route:peer]
to = 10.0.3.1:5090
bond = ext
[host]
header = X-Bond
header-over-tls = trust
unknown = 403
secret = a long secret of this test
*/
/*expect
told: X-Bond-In: ext
forged: X-Bond-In: ext, and no other
a ping: as it was
a head in two fragments: the end
RSV: the end
at another listener: the peer gets 403, the host the end
at another listener, byte by byte: the peer gets 403, the host the end
an extension: the 101 does not go, the peer gets 0
no subprotocol in the answer: the 101 does not go, the peer gets 0
no subprotocol at all: the 101 does not go, the peer gets 0
asked for behind other HTTP: the 101 does not go, the peer gets 0
asked for behind a POST: the 101 does not go, the peer gets 0
asked for behind a PROXY line: the 101 does not go, the peer gets 0
another subprotocol: the 101 goes, a frame passes
another subprotocol behind other HTTP: the 101 goes, a frame passes
HTTP twice: 200 and 200
behind an odd frame of the host: the end
a frame without a handshake: the end
a compressed one without a handshake: the end
*/
#include "ws.h"

#define REQUEST(more)                                                                              \
	"OPTIONS sip:host@10.0.1.1:5080;transport=ws SIP/2.0\r\nVia: SIP/2.0/WS a.invalid;branch=z9hG4bK1\r\n" \
	more "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n\r\n"

static int peer;

static int come(int listener, const char *address)
{
	struct ep to = ep(address, WS_PORT);
	struct bytes b = {0};

	peer = raw(SYS_socket, AF_INET, SOCK_STREAM, 0, 0, 0, 0);
	if (raw(SYS_connect, peer, (long)&to.ss, to.len, 0, 0, 0) != 0)
		die("the peer's connect");
	int fd = MUST(accept(listener, NULL, NULL)), one = 1;
	raw(SYS_setsockopt, peer, IPPROTO_TCP, TCP_NODELAY, (long)&one, sizeof(one), 0);
	raw_send(peer, ASKS, sizeof(ASKS) - 1);
	host_head(fd);
	host_send(fd, ANSWERS "\r\n", sizeof(ANSWERS "\r\n") - 1);
	raw_head(peer, &b);
	return fd;
}

/* What the host reads: a frame's payload, or NULL: the end. */
static char *reads(int fd)
{
	struct bytes b = {0};
	struct frame f;
	char text[4000];

	while (!frame_read(&b, 0, &f)) {
		struct pollfd one = {.fd = fd, .events = POLLIN};
		if (poll(&one, 1, patience()) != 1)
			die("the host reads nothing");
		ssize_t n = recv(fd, text, sizeof(text), MSG_DONTWAIT);
		if (n == 0 || (n < 0 && errno != EAGAIN))
			return NULL;
		if (n > 0)
			bytes_add(&b, text, n);
	}
	return strndup(f.payload, f.n);
}

static char *passes(int fd, unsigned first, const char *p, size_t n)
{
	struct bytes b = {0};

	frame_add(&b, first, 0x01020304, p, n);
	raw_send(peer, b.p, b.n);
	return reads(fd);
}

static void say_told(const char *name, const char *got)
{
	const char *at = got ? strstr(got, "X-Bond-In: ") : NULL, *end = at ? strchr(at, '\r') : NULL;

	say("%s: %.*s%s", name, at ? (int)(end - at) : 7, at ? at : "nothing",
		at && *name == 'f' ? strstr(got, "forged") || strstr(end, "X-Bond") ? " and more" : ", and no other"
				   : "");
}

/* An answer is never larger than its request. */
#define LONG REQUEST("User-Agent: one that says of itself what it is, and what it can do, and who made it, and when, " \
	"so that what it asks is longer than any answer of this kind will be in all the world\r\n")

static void check_nobody(const char *name, bool bytes)
{
	int fd = come(ws_listener_h, H4);
	struct bytes b = {0}, answer = {0};
	struct frame f;
	char text[100];
	ssize_t n = -1;

	frame_add(&b, 0x81, 0x01020304, LONG, sizeof(LONG) - 1);
	for (size_t at = 0, size = bytes ? 1 : b.n; at < b.n; at += size) {
		raw_send(peer, b.p + at, size);
		while ((n = recv(fd, text, sizeof(text), MSG_DONTWAIT)) > 0)
			die("the host reads some of it");
	}
	while (n < 0) {
		wait_readable(fd);
		n = recv(fd, text, sizeof(text), MSG_DONTWAIT);
	}
	while (!frame_read(&answer, 0, &f) && raw_read(peer, &answer))
		;
	say("%s: the peer gets %s, the host %s", name,
		answer.n && f.first == 0x81 && !f.masked && memcmp(f.payload, "SIP/2.0 403", 11) == 0 ? "403"
												    : "nothing",
		n ? "something" : "the end");
	close(fd);
}

static int arrive(void)
{
	struct ep to = ep(M4, WS_PORT);

	peer = raw(SYS_socket, AF_INET, SOCK_STREAM, 0, 0, 0, 0);
	if (raw(SYS_connect, peer, (long)&to.ss, to.len, 0, 0, 0) != 0)
		die("the peer's connect");
	return MUST(accept(ws_listener_m, NULL, NULL));
}

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
#define PLAIN "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
#define YES "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
#define NAMES(what) "GET / HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: " what "\r\n\r\n"

static void asks(int fd, const char *text)
{
	raw_send(peer, text, strlen(text));
	host_head(fd);
}

/* What the host answers, after `first` if there is one, which it answers by 200. */
static int answers(const char *first, const char *ask, const char *answer, bool *goes)
{
	int fd = arrive();
	struct bytes b = {0};

	if (first) {
		asks(fd, first);
		host_send(fd, OK, sizeof(OK) - 1);
		raw_head(peer, &b);
	}
	asks(fd, ask);
	errno = 0;
	*goes = send(fd, answer, strlen(answer), MSG_NOSIGNAL) == (ssize_t)strlen(answer);
	if (!*goes && errno != EPIPE)
		die("the host's send");
	return fd;
}

static void check_shut(const char *name, const char *first, const char *ask, const char *answer)
{
	char text[1000];
	bool goes;
	int fd = answers(first, ask, answer, &goes);
	long n = goes ? 1 : raw(SYS_recvfrom, peer, (long)text, sizeof(text), 0, 0, 0);

	say("%s: the 101 %s, the peer gets %ld", name, goes ? "goes" : "does not go", n);
	close(fd);
}

static void check_other(const char *name, const char *first)
{
	struct bytes b = {0};
	bool goes;
	int fd = answers(first, NAMES("msrp, sip"), YES "Sec-WebSocket-Protocol: msrp\r\n\r\n", &goes);

	raw_head(peer, &b);
	char *got = passes(fd, 0xc2, "X-Bond-In: forged", 17);
	say("%s: the 101 %s, a frame %s", name, goes ? "goes" : "does not go",
		got && strcmp(got, "X-Bond-In: forged") == 0 ? "passes" : "does not pass");
	close(fd);
}

static void check_unread(void)
{
	static const char sip[] = YES "Sec-WebSocket-Protocol: sip\r\n\r\n", none[] = YES "\r\n";
	struct bytes b = {0};
	bool goes;

	check_shut("an extension", NULL, ASKS,
		ANSWERS "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n\r\n");
	check_shut("no subprotocol in the answer", NULL, ASKS, none);
	check_shut("no subprotocol at all", NULL, "GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", none);
	check_shut("asked for behind other HTTP", PLAIN, ASKS, sip);
	check_shut("asked for behind a POST", "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", ASKS, sip);
	check_shut("asked for behind a PROXY line", NULL, "PROXY TCP4 10.0.3.1 10.0.1.1 1 2\r\n" ASKS, sip);
	check_other("another subprotocol", NULL);
	check_other("another subprotocol behind other HTTP", PLAIN);
	int fd = answers(PLAIN, PLAIN, OK, &goes);
	raw_head(peer, &b);
	say("HTTP twice: 200 and %s", goes ? "200" : "nothing");
	close(fd);
}

static void check_odd(void)
{
	int fd = come(ws_listener_m, M4);

	host_send(fd, "\xc1\x05hello", 7);
	say("behind an odd frame of the host: %s", passes(fd, 0x81, REQUEST(""), sizeof(REQUEST("")) - 1) ? "something"
													: "the end");
	close(fd);
	fd = arrive();
	say("a frame without a handshake: %s", passes(fd, 0x81, REQUEST(""), sizeof(REQUEST("")) - 1) ? "something"
												      : "the end");
	close(fd);
	fd = arrive();
	say("a compressed one without a handshake: %s",
		passes(fd, 0x41, "X-Bond-In: forged\n", 18) ? "something" : "the end");
	close(fd);
}

int main(void)
{
	struct bytes two = {0};
	int fd;

	ws_open();
	fd = come(ws_listener_m, M4);
	say_told("told", passes(fd, 0x81, REQUEST(""), sizeof(REQUEST("")) - 1));
	say_told("forged",
		passes(fd, 0x81, REQUEST("X-Bond-In: forged\r\n"), sizeof(REQUEST("X-Bond-In: forged\r\n")) - 1));
	char *ping = passes(fd, 0x89, "X-Bond-In", 9);
	say("a ping: %s", ping && strcmp(ping, "X-Bond-In") == 0 ? "as it was" : "something else");
	frame_add(&two, 0x01, 5, REQUEST(""), 60);
	raw_send(peer, two.p, two.n);
	say("a head in two fragments: %s", reads(fd) ? "something" : "the end");
	close(fd);
	fd = come(ws_listener_m, M4);
	say("RSV: %s", passes(fd, 0xc1, "hello", 5) ? "something" : "the end");
	close(fd);
	check_nobody("at another listener", false);
	check_nobody("at another listener, byte by byte", true);
	check_unread();
	check_odd();
	return 0;
}
