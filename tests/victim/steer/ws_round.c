/* SPDX-License-Identifier: MIT */
/* What the host sends in WebSocket frames carries the member's name on the wire, and what a peer sends
 * back is what the host sent: frames of all sizes, in any portions, as a client and as a server. */
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
/*victim
seconds: 60
*/
/*expect
client, all at once: all frames as they were
client, reads of 1 byte: all frames as they were
client, reads of 2 bytes: all frames as they were
client, writes of 1 byte: all frames as they were
client, writes of 3 bytes, reads of 7: all frames as they were
client, portions of any size: all frames as they were
client, small buffers: all frames as they were
server, all at once: all frames as they were
server, reads of 1 byte: all frames as they were
server, reads of 2 bytes: all frames as they were
server, writes of 1 byte: all frames as they were
server, writes of 3 bytes, reads of 7: all frames as they were
server, portions of any size: all frames as they were
server, small buffers: all frames as they were
*/
#include <sys/wait.h>

#include "ws.h"

#define H "10.0.2.1:5080"

static const struct mode {
	const char *name;
	size_t write, read; /* 0 = any size */
	size_t head;        /* the longest of a message */
	bool large, small_buffers;
} modes[] = {
	{"all at once", 1 << 20, 1 << 20, 30000, true, false},
	{"reads of 1 byte", 1 << 20, 1, 6000, false, false},
	{"reads of 2 bytes", 1 << 20, 2, 6000, false, false},
	{"writes of 1 byte", 1, 1 << 20, 900, false, false},
	{"writes of 3 bytes, reads of 7", 3, 7, 900, false, false},
	{"portions of any size", 0, 0, 900, true, false},
	{"small buffers", 1 << 20, 1 << 20, 2000, false, true},
};

static bool is_server;
static uint32_t mask = 0x3d21fa37;

static void add(struct bytes *b, unsigned first, const void *p, size_t n)
{
	mask = mask * 1664525 + 1013904223;
	frame_add(b, first, is_server ? 0 : mask | 1, p, n);
}

/* A response of so many bytes that names H. */
static size_t message(char *to, size_t n)
{
	static const char head[] = "SIP/2.0 200 OK\r\nm:<sip:" H ";transport=ws>\r\n";
	static const char more[] = "Record-Route: <sip:" H ";transport=ws;lr>\r\n"
				   "Via: SIP/2.0/WS 10.0.3.1;branch=z9hG4bK1\r\nCall-ID: c\r\n";
	size_t at = sizeof(head) - 1;

	memcpy(to, head, at);
	if (n > 400) {
		/* that of the listener at the member is the member's */
		const char *rest = more + (is_server ? strcspn(more, "\n") + 1 : 0);
		memcpy(to + at, rest, strlen(rest));
		at += strlen(rest);
	}
	memcpy(to + at, "\r\n", 2);
	for (at += 2; at < n; at++)
		to[at] = (char)(at * 31 >> 3);
	return at;
}

static void all_frames(struct bytes *b, const struct mode *m)
{
	static const size_t sizes[] = {60, 100, 109, 110, 111, 124, 125, 126, 127, 141, 142, 500, 700, 3000},
			    larger[] = {4096, 9000, 65400, 65519, 65520, 65521, 65534, 65535, 65536, 65537,
				    65552, 100000};
	static char text[200000];

	add(b, 0x89, "are you there", 13);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		add(b, i & 1 ? 0x82 : 0x81, text, message(text, sizes[i]));
		if (i % 3 == 0)
			add(b, 0x8a, text, i);
	}
	add(b, 0x81, "\r\n\r\n", 4);
	add(b, 0x81, "", 0);
	add(b, 0x81, "MSRP d93kswow SEND\r\nTo-Path: msrp://10.0.2.1\r\n", 45);
	/* the head in the first fragment */
	size_t n = message(text, 900);
	add(b, 0x01, text, 600);
	add(b, 0x89, "between", 7);
	add(b, 0x00, text + 600, 200);
	add(b, 0x80, text + 800, n - 800);
	for (size_t i = 0; m->large && i < sizeof(larger) / sizeof(larger[0]); i++)
		add(b, 0x81, text, message(text, larger[i]));
	/* a head of many fields */
	memcpy(text, "SIP/2.0 200 OK\r\n", 16);
	for (n = 16; n < m->head;)
		n += sprintf(text + n, "X-%zu: a field that says nothing\r\n", n);
	n += sprintf(text + n, "Contact: <sip:a@" H ";transport=ws>\r\n\r\nbody");
	add(b, 0x81, text, n);
	add(b, 0x88, "\x03\xe8", 2);
}

/* The peer sends back what it gets; it must not see the host's name. */
static void echo(int fd, struct bytes *b)
{
	struct bytes out = {0};
	struct frame f;
	int seen = 0;

	for (size_t at = 0;; at = 0) {
		for (out.n = 0; frame_read(b, at, &f); at += f.whole) {
			if (f.masked == is_server)
				die("masked, or not");
			if ((f.first & 15) < 3 && f.n > 8 && memcmp(f.payload, "SIP/2.0 ", 8) == 0) {
				if (memmem(f.payload, f.n, H, strlen(H)) ||
					!memmem(f.payload, f.n, "10.0.1.1:5080", 13))
					die("the host's name on the wire");
				seen++;
			}
			frame_add(&out, f.first, is_server ? 0x12345678 + seen : 0, f.payload, f.n);
			if ((f.first & 15) == 8) {
				raw_send(fd, out.p, out.n);
				_exit(seen > 14 ? 0 : 1);
			}
		}
		bytes_cut(b, at);
		raw_send(fd, out.p, out.n);
		if (!raw_read(fd, b))
			die("the peer reads no more");
	}
}

static void peer(bool small)
{
	struct bytes b = {0};
	int fd, size = 4096;

	if (is_server) {
		fd = raw_connect();
		raw_send(fd, ASKS, sizeof(ASKS) - 1);
		raw_head(fd, &b);
	} else {
		fd = raw(SYS_accept, ws_peer, 0, 0, 0, 0, 0);
		raw_head(fd, &b);
		raw_send(fd, ANSWERS "\r\n", sizeof(ANSWERS "\r\n") - 1);
	}
	if (small)
		raw(SYS_setsockopt, fd, SOL_SOCKET, SO_RCVBUF, (long)&size, sizeof(size), 0);
	echo(fd, &b);
}

static int handshake(void)
{
	int fd;

	if (is_server) {
		fd = MUST(accept(ws_listener_m, NULL, NULL));
		host_head(fd);
		host_send(fd, ANSWERS "\r\n", sizeof(ANSWERS "\r\n") - 1);
		return fd;
	}
	fd = tcp_to(T4, PEER_PORT);
	host_send(fd, ASKS, sizeof(ASKS) - 1);
	host_head(fd);
	return fd;
}

static size_t portion(size_t n)
{
	static uint32_t seed = 1;

	seed = seed * 1103515245 + 12345;
	return n ? n : seed >> 30 ? 1 + (seed >> 16) % 300 : 1 + (seed >> 12) % 70000;
}

static void run(const struct mode *m, struct bytes *sent, struct bytes *got)
{
	static char text[1 << 20];
	int size = 4096, fd = handshake();
	size_t at = 0, n;

	if (m->small_buffers) {
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	}
	MUST(fcntl(fd, F_SETFL, O_NONBLOCK));
	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN | (at < sent->n ? POLLOUT : 0)};
		if (poll(&p, 1, patience()) <= 0)
			die("nothing more comes");
		if (p.revents & POLLOUT) {
			n = portion(m->write);
			ssize_t done = send(fd, sent->p + at, n < sent->n - at ? n : sent->n - at, 0);
			if (done < 0 && errno != EAGAIN)
				die("send");
			at += done > 0 ? done : 0;
		}
		if (!(p.revents & ~POLLOUT))
			continue;
		n = portion(m->read);
		ssize_t there = recv(fd, text, n < sizeof(text) ? n : sizeof(text), 0);
		if (there == 0)
			break;
		if (there < 0 && errno != EAGAIN)
			die("recv");
		if (there > 0)
			bytes_add(got, text, there);
	}
	close(fd);
}

static const char *compare(struct bytes *sent, struct bytes *got)
{
	static char why[200];
	struct frame a, b;
	size_t i = 0, k = 0;

	for (int count = 0; frame_read(sent, i, &a); count++, i += a.whole, k += b.whole) {
		if (!frame_read(got, k, &b))
			return "frames are missing";
		if (a.first != b.first || a.n != b.n || memcmp(a.payload, b.payload, a.n) != 0) {
			sprintf(why, "frame %d: %#x of %zu bytes, expected %#x of %zu", count, b.first, b.n,
				a.first, a.n);
			return why;
		}
	}
	return k == got->n ? "all frames as they were" : "more than that";
}

int main(void)
{
	int status;

	ws_open();
	for (int server = 0; server < 2; server++) {
		is_server = server;
		for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
			struct bytes sent = {0}, got = {0};
			pid_t pid = fork();
			if (pid == 0)
				peer(modes[i].small_buffers);
			all_frames(&sent, &modes[i]);
			run(&modes[i], &sent, &got);
			waitpid(pid, &status, 0);
			say("%s, %s: %s", server ? "server" : "client", modes[i].name,
				status ? "the peer saw something else" : compare(&sent, &got));
		}
	}
	return 0;
}
