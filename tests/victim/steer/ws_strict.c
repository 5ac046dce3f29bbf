/* SPDX-License-Identifier: MIT */
/* Where the host's script decides by what arrives, a WebSocket is told its bond, what a peer forged does not
 * come in, what cannot be edited ends the connection, and other listeners are for nobody. */
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
	return 0;
}
