/* SPDX-License-Identifier: MIT */
/* For victims of WebSockets. The host (hooked calls) listens on H4:5080 and on the member M4:5080; the peer
 * is a process of the same program, by calls that no library sees. */
#ifndef WS_H
#define WS_H

#include "steer.h"

#define WS_PORT 5080
#define PEER_PORT 5090
#define ASKS                                                                                       \
	"GET /sip HTTP/1.1\r\nHost: 10.0.1.1:5080\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"  \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://www.example.com\r\n"        \
	"Sec-WebSocket-Protocol: sip\r\nSec-WebSocket-Version: 13\r\n\r\n"
#define ANSWERS                                                                                    \
	"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"        \
	"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: sip\r\n"

struct bytes {
	char *p;
	size_t n, room;
};

static void bytes_add(struct bytes *b, const void *p, size_t n)
{
	if (b->n + n > b->room) {
		b->room = (b->n + n) * 2;
		b->p = realloc(b->p, b->room);
	}
	memcpy(b->p + b->n, p, n);
	b->n += n;
}

static void bytes_cut(struct bytes *b, size_t n)
{
	memmove(b->p, b->p + n, b->n - n);
	b->n -= n;
}

/* A frame as it is sent: first is FIN, RSV and opcode; a key of 0 is no mask. */
static void frame_add(struct bytes *b, unsigned first, uint32_t key, const void *payload, size_t n)
{
	unsigned char head[14] = {first, key ? 128 : 0}, *at = head + 2;
	size_t more = n > 65535 ? 8 : n > 125 ? 2 : 0;

	head[1] |= more == 8 ? 127 : more ? 126 : n;
	for (size_t i = 0; i < more; i++)
		*at++ = (uint64_t)n >> 8 * (more - 1 - i);
	if (key)
		at = (unsigned char *)memcpy(at, &key, 4) + 4;
	bytes_add(b, head, at - head);
	bytes_add(b, payload, n);
	for (size_t i = 0; key && i < n; i++)
		b->p[b->n - n + i] ^= ((char *)&key)[i & 3];
}

struct frame {
	unsigned first;
	bool masked;
	char *payload; /* unmasked in place */
	size_t n, whole;
};

/* Whether a whole frame is there, and which. It is unmasked where it lies. */
static bool frame_read(struct bytes *b, size_t from, struct frame *f)
{
	unsigned char *p = (unsigned char *)b->p + from, *at = p + 2;
	size_t n = b->n - from;

	if (n < 2)
		return false;
	size_t more = (p[1] & 127) == 127 ? 8 : (p[1] & 127) == 126 ? 2 : 0;
	*f = (struct frame){.first = p[0], .masked = p[1] & 128, .n = more ? 0 : p[1] & 127};
	size_t head = 2 + more + (f->masked ? 4 : 0);
	if (n < head)
		return false;
	for (; more; more--)
		f->n = f->n << 8 | *at++;
	if (n - head < f->n)
		return false;
	f->payload = (char *)p + head;
	f->whole = head + f->n;
	for (size_t i = 0; f->masked && i < f->n; i++)
		f->payload[i] ^= at[i & 3];
	return true;
}

/* The peer's. */
static bool raw_read(int fd, struct bytes *b)
{
	static char text[1 << 18];
	long n = raw(SYS_recvfrom, fd, (long)text, sizeof(text), 0, 0, 0);

	if (n <= 0)
		return false;
	bytes_add(b, text, n);
	return true;
}

static void raw_send(int fd, const void *p, size_t n)
{
	for (size_t at = 0; at < n;) {
		long done = raw(SYS_sendto, fd, (long)p + at, n - at, MSG_NOSIGNAL, 0, 0);
		if (done < 0)
			die("the peer's send");
		at += done;
	}
}

/* Reads a head of HTTP; what is behind it stays in b. */
static void raw_head(int fd, struct bytes *b)
{
	char *end;

	while (!b->n || !(end = memmem(b->p, b->n, "\r\n\r\n", 4)))
		if (!raw_read(fd, b))
			die("the peer reads no head");
	bytes_cut(b, end + 4 - b->p);
}

static int ws_listener_h, ws_listener_m, ws_peer;

static void ws_open(void)
{
	struct ep here = ep(T4, PEER_PORT);
	int one = 1;

	ws_listener_h = tcp_listener(H4, WS_PORT);
	ws_listener_m = tcp_listener(M4, WS_PORT);
	ws_peer = raw(SYS_socket, AF_INET, SOCK_STREAM, 0, 0, 0, 0);
	raw(SYS_setsockopt, ws_peer, SOL_SOCKET, SO_REUSEADDR, (long)&one, sizeof(one), 0);
	if (raw(SYS_bind, ws_peer, (long)&here.ss, here.len, 0, 0, 0) != 0 ||
		raw(SYS_listen, ws_peer, 16, 0, 0, 0, 0) != 0)
		die("the peer's listener");
}

/* A connection of the peer to the member. */
static int raw_connect(void)
{
	struct ep to = ep(M4, WS_PORT), from = ep(T4, 0);
	int fd = raw(SYS_socket, AF_INET, SOCK_STREAM, 0, 0, 0, 0), one = 1;

	raw(SYS_bind, fd, (long)&from.ss, from.len, 0, 0, 0);
	if (raw(SYS_connect, fd, (long)&to.ss, to.len, 0, 0, 0) != 0)
		die("the peer's connect");
	raw(SYS_setsockopt, fd, IPPROTO_TCP, TCP_NODELAY, (long)&one, sizeof(one), 0);
	return fd;
}

/* Reads a head through the hooks, byte by byte. */
static void host_head(int fd)
{
	char head[2000];
	size_t n = 0;

	while (n < 4 || memcmp(head + n - 4, "\r\n\r\n", 4) != 0) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		poll(&p, 1, patience());
		if (n == sizeof(head) || recv(fd, head + n, 1, MSG_DONTWAIT) != 1)
			die("the host reads no head");
		n++;
	}
}

static void host_send(int fd, const void *p, size_t n)
{
	if (send(fd, p, n, 0) != (ssize_t)n)
		die("the host's send");
}

#endif
