/* SPDX-License-Identifier: MIT */
/* What is no WebSocket of SIP passes as it is, and what breaks the framing of one, too; what only looks odd
 * does not end the edits. */
/*ini
[bond:in]
member = ws:10.0.2.1:5080
[bond:ext]
member = ws:10.0.1.1:5080
[route:peer]
to = 10.0.3.1:5090
transport = ws
bond = ext
*/
/*expect
SIP: passes, edited
SIP among other subprotocols: passes, edited
no subprotocol in the answer: passes, as it is
another subprotocol: passes, as it is
an extension: passes, as it is
no upgrade: passes, as it is
refused: passes, as it is
a frame before the answer: passes, as it is
RSV: passes, as it is
an opcode that there is none of: passes, as it is
a length of more than 63 bits: passes, as it is
a long ping: passes, as it is
a ping in fragments: passes, as it is
a length in more bytes than it needs: passes, edited
the head of a message in two fragments: passes, edited
a continuation of nothing: passes, edited
a message without end of its head: passes, edited
no SIP: passes, edited
a frame that stays away for a while: passes, edited
a frame's head that stays away for a while: passes, edited
in another process: edited
read by one process, and the rest by another: as the host wrote it
*/
#include <sys/wait.h>

#include "ws.h"

#define H "10.0.2.1:5080"
#define RESPONSE "SIP/2.0 200 OK\r\nContact: <sip:a@" H ";transport=ws>\r\nContent-Length: 0\r\n\r\n"
#define SIP "Sec-WebSocket-Protocol: sip\r\n"
#define UP "Upgrade: websocket\r\n"
#define YES "HTTP/1.1 101 Switching Protocols\r\n"
#define ASK "GET / HTTP/1.1\r\n" UP SIP "\r\n"
#define ANSWER YES UP SIP "\r\n"

static int peer;

/* What the peer gets of a response that names H. */
static struct bytes wire_of_response(int fd)
{
	struct bytes out = {0}, wire = {0};
	struct frame f;

	frame_add(&out, 0x81, 0, RESPONSE, sizeof(RESPONSE) - 1);
	host_send(fd, out.p, out.n);
	while (!frame_read(&wire, 0, &f))
		if (!raw_read(peer, &wire))
			die("the peer reads nothing");
	return wire;
}

static const char *how(int fd)
{
	struct bytes wire = wire_of_response(fd);

	return memmem(wire.p, wire.n, H, strlen(H)) ? "as it is"
		: memmem(wire.p, wire.n, "10.0.1.1:5080;transport=ws;bond=", 32) ? "edited"
										: "something else";
}

static bool host_reads(int fd, const char *p, size_t n, int wait_ms)
{
	char text[4000];
	size_t got = 0;

	while (got < n) {
		struct pollfd one = {.fd = fd, .events = POLLIN};
		if (poll(&one, 1, wait_ms) != 1)
			return false;
		ssize_t now = recv(fd, text + got, sizeof(text) - got, MSG_DONTWAIT);
		if (now == 0 || (now < 0 && errno != EAGAIN))
			return false;
		got += now > 0 ? now : 0;
	}
	return got == n && memcmp(text, p, n) == 0;
}

static int come(const char *ask, const char *answer)
{
	struct bytes b = {0};
	int fd;

	peer = raw_connect();
	fd = MUST(accept(ws_listener_m, NULL, NULL));
	raw_send(peer, ask, strlen(ask));
	host_head(fd);
	if (*answer) {
		host_send(fd, answer, strlen(answer));
		raw_head(peer, &b);
	}
	return fd;
}

static void check_heads(const char *name, const char *ask, const char *answer)
{
	struct bytes b = {0};
	int fd = come(ask, answer);

	frame_add(&b, 0x81, 77, "OPTIONS", 7);
	raw_send(peer, b.p, b.n);
	bool passes = host_reads(fd, b.p, b.n, patience());
	say("%s: %s, %s", name, passes ? "passes" : "does not pass", how(fd));
	close(fd);
	raw(SYS_close, peer, 0, 0, 0, 0, 0);
}

/* What the peer sends, the second part of it a while later. */
static void check_parts(const char *name, const struct bytes *b, size_t first)
{
	int fd = come(ASK, ANSWER);
	bool passes = true;

	raw_send(peer, b->p, first);
	if (first < b->n) {
		passes = host_reads(fd, b->p, first, patience());
		raw_send(peer, b->p + first, b->n - first);
	}
	passes = passes && host_reads(fd, b->p + (first < b->n ? first : 0),
				   first < b->n ? b->n - first : b->n, patience());
	say("%s: %s, %s", name, passes ? "passes" : "does not pass", how(fd));
	close(fd);
	raw(SYS_close, peer, 0, 0, 0, 0, 0);
}

static void check_frames(void)
{
	static const struct {
		const char *name, *p;
		size_t n;
	} odd[] = {{"RSV", "\xc1\x85zzzzhello", 11}, {"an opcode that there is none of", "\x83\x85zzzzhello", 11},
		{"a length of more than 63 bits", "\x81\xff\xff\xff\xff\xff\xff\xff\xff\xffzzzzhello", 19},
		{"a long ping", "\x89\xfe\x00\x80zzzz", 8}, {"a ping in fragments", "\x09\x80zzzz", 6},
		{"a length in more bytes than it needs", "\x81\xff\0\0\0\0\0\0\0\x05zzzzhello", 19}};

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct bytes b = {(char *)odd[i].p, odd[i].n, 0};
		check_parts(odd[i].name, &b, b.n);
	}
	struct bytes two = {0}, nothing = {0}, endless = {0}, other = {0}, late = {0};
	frame_add(&two, 0x01, 5, "OPTIONS sip:a SIP/2.0\r\nTo: <sip:a", 34);
	frame_add(&two, 0x80, 6, "@b>\r\n\r\n", 7);
	check_parts("the head of a message in two fragments", &two, two.n);
	frame_add(&nothing, 0x80, 7, "SIP/2.0 200 OK\r\n\r\n", 18);
	check_parts("a continuation of nothing", &nothing, nothing.n);
	frame_add(&endless, 0x81, 8, "SIP/2.0 200 OK\r\nTo: <sip:a", 26);
	check_parts("a message without end of its head", &endless, endless.n);
	frame_add(&other, 0x82, 9, "\x80\x60 an RTP packet, or nearly so, of some length", 50);
	check_parts("no SIP", &other, other.n);
	frame_add(&late, 0x81, 10, RESPONSE, sizeof(RESPONSE) - 1);
	check_parts("a frame that stays away for a while", &late, 40);
	check_parts("a frame's head that stays away for a while", &late, 3);
}

/* The peer sends back what it got: half of it is there when another process reads on. */
static void check_processes(void)
{
	struct bytes wire, back = {0}, expect = {0};
	struct frame f;
	char text[4000];
	int fd = come(ASK, ANSWER), status;

	pid_t pid = fork();
	if (pid == 0) {
		say("in another process: %s", how(fd));
		_exit(0);
	}
	waitpid(pid, &status, 0);
	wire = wire_of_response(fd);
	frame_read(&wire, 0, &f);
	frame_add(&back, 0x81, 0x01020304, f.payload, f.n);
	frame_add(&expect, 0x81, 0x01020304, RESPONSE, sizeof(RESPONSE) - 1);
	raw_send(peer, back.p, 30);
	MUST(fcntl(fd, F_SETFL, O_NONBLOCK));
	usleep(20000);
	if (recv(fd, text, sizeof(text), 0) != -1)
		die("half a frame is there");
	pid = fork();
	if (pid == 0) { /* byte by byte, up to half of it */
		raw_send(peer, back.p + 30, back.n - 30);
		wait_readable(fd);
		for (int i = 0; i < 40; i++)
			if (recv(fd, text, 1, 0) != 1 || (i < 2 && text[0] != expect.p[i]))
				_exit(1);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	struct bytes rest = {expect.p, 40, 0};
	ssize_t n = recv(fd, text, sizeof(text), 0);
	if (n > 0)
		bytes_add(&rest, text, n);
	/* the key was turned, and back again */
	say("read by one process, and the rest by another: %s", !status && n == (ssize_t)expect.n - 40 &&
		memcmp(rest.p + 40, expect.p + 40, n) == 0 ? "as the host wrote it" : "something else");
}

int main(void)
{
	ws_open();
	check_heads("SIP", ASK, ANSWER);
	check_heads("SIP among other subprotocols", "GET / HTTP/1.1\r\n" UP
		"Sec-WebSocket-Protocol: msrp, sip\r\n\r\n", ANSWER);
	check_heads("no subprotocol in the answer", ASK, YES UP "\r\n");
	check_heads("another subprotocol", ASK, YES UP "Sec-WebSocket-Protocol: msrp\r\n\r\n");
	check_heads("an extension", ASK, YES UP SIP "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n");
	check_heads("no upgrade", "GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n");
	check_heads("refused", ASK, "HTTP/1.1 403 Forbidden\r\n\r\n");
	check_heads("a frame before the answer", ASK, "");
	check_frames();
	check_processes();
	return 0;
}
