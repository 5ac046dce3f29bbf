/* SPDX-License-Identifier: MIT */
/* For victims of streams. The host (hooked calls) listens on H4 and on the member M4; the peer lives in
 * the same program by calls that no library sees: what it reads is what was on the wire. A connection
 * of the host to T4:5090 is steered; connections of the peer come in on the member. */
#ifndef STREAM_H
#define STREAM_H

#include "steer.h"

#define PEER_PORT 5090

/* A request as the host writes it: %d is the branch. Its own fields name H4. */
#define REQUEST(branch, length)                                                                    \
	"INVITE sip:bob@10.0.3.1:5090;transport=tcp SIP/2.0\r\n"                                   \
	"Via: SIP/2.0/TCP 10.0.2.1;branch=z9hG4bK-" branch "\r\n"                                  \
	"Via: SIP/2.0/TCP 10.0.3.7:5070;branch=z9hG4bK-0\r\n"                                      \
	"Record-Route: <sip:10.0.2.1;transport=tcp;lr>\r\n"                                        \
	"Max-Forwards: 70\r\nFrom: <sip:a@10.0.2.1>;tag=1\r\nTo: <sip:bob@10.0.3.1>\r\n"           \
	"Call-ID: c\r\nCSeq: 1 INVITE\r\n"                                                         \
	"Contact: <sip:host@10.0.2.1:5060;transport=tcp>\r\n"                                      \
	"Content-Length: " length "\r\n\r\n"

struct buffer {
	char *p;
	size_t n, room;
};

static void buffer_add(struct buffer *b, const void *p, size_t n)
{
	if (b->n + n > b->room) {
		b->room = (b->n + n) * 2;
		b->p = realloc(b->p, b->room);
	}
	memcpy(b->p + b->n, p, n);
	b->n += n;
}

static bool buffer_same(const struct buffer *a, const struct buffer *b)
{
	return a->n == b->n && memcmp(a->p, b->p, a->n) == 0;
}

static bool buffer_has(const struct buffer *b, const char *text)
{
	return memmem(b->p, b->n, text, strlen(text));
}

static int listener_h, listener_m, peer_listener;

static void peer_open(void)
{
	struct ep here = ep(T4, PEER_PORT);
	int one = 1;

	peer_listener = raw(SYS_socket, AF_INET, SOCK_STREAM, 0, 0, 0, 0);
	raw(SYS_setsockopt, peer_listener, SOL_SOCKET, SO_REUSEADDR, (long)&one, sizeof(one), 0);
	if (raw(SYS_bind, peer_listener, (long)&here.ss, here.len, 0, 0, 0) != 0 ||
		raw(SYS_listen, peer_listener, 16, 0, 0, 0, 0) != 0)
		die("the peer's listener");
}

static void streams_open(void)
{
	listener_h = tcp_listener(H4, 5060);
	listener_m = tcp_listener(M4, 5060);
	peer_open();
}

/* A connection of the host that is steered. */
static int host_connect(int *peer)
{
	int fd = tcp_to(T4, PEER_PORT), one = 1;

	*peer = raw(SYS_accept, peer_listener, 0, 0, 0, 0, 0);
	raw(SYS_setsockopt, *peer, IPPROTO_TCP, TCP_NODELAY, (long)&one, sizeof(one), 0);
	return fd;
}

/* A connection of the peer to that port of the member. */
static int host_accept_by(int listener, int port, int *peer)
{
	struct ep to = ep(M4, port), from = ep(T4, 0);
	int one = 1;

	*peer = raw(SYS_socket, AF_INET, SOCK_STREAM, 0, 0, 0, 0);
	raw(SYS_bind, *peer, (long)&from.ss, from.len, 0, 0, 0);
	if (raw(SYS_connect, *peer, (long)&to.ss, to.len, 0, 0, 0) != 0)
		die("the peer's connect");
	raw(SYS_setsockopt, *peer, IPPROTO_TCP, TCP_NODELAY, (long)&one, sizeof(one), 0);
	return MUST(accept(listener, NULL, NULL));
}

static int host_accept(int *peer)
{
	return host_accept_by(listener_m, 5060, peer);
}

static void peer_close(int peer)
{
	raw(SYS_close, peer, 0, 0, 0, 0, 0);
}

static void peer_send(int peer, const void *p, size_t n)
{
	for (size_t at = 0; at < n;) {
		long done = raw(SYS_sendto, peer, (long)p + at, n - at, MSG_NOSIGNAL, 0, 0);
		if (done < 0)
			die("the peer's send");
		at += done;
	}
}

/* Adds what is there; false: nothing came within that time, or the end. */
static bool peer_read(int peer, struct buffer *b, int wait_ms)
{
	static char text[1 << 20];
	struct pollfd p = {.fd = peer, .events = POLLIN};

	if (raw(SYS_poll, (long)&p, 1, wait_ms, 0, 0, 0) <= 0)
		return false;
	long n = raw(SYS_recvfrom, peer, (long)text, sizeof(text), MSG_DONTWAIT, 0, 0);
	if (n <= 0)
		return false;
	buffer_add(b, text, n);
	return true;
}

static void peer_read_n(int peer, struct buffer *b, size_t n)
{
	while (b->n < n && peer_read(peer, b, patience()))
		;
	/* no more than that */
	peer_read(peer, b, 0);
}

/* What text becomes on the wire, if it is sent in one piece. */
static struct buffer wire_of(const void *p, size_t n)
{
	struct buffer b = {0};
	int peer, fd = host_connect(&peer);

	if (send(fd, p, n, 0) != (ssize_t)n)
		die("a send in one piece");
	MUST(shutdown(fd, SHUT_WR));
	while (peer_read(peer, &b, patience()))
		;
	close(fd);
	peer_close(peer);
	return b;
}

/* The response that a peer makes of a request on the wire: Vias and Record-Route copied. */
static struct buffer response_of(const struct buffer *request, const char *body)
{
	struct buffer b = {0};
	char text[100];
	char *line = memchr(request->p, '\n', request->n);
	char *end = memmem(request->p, request->n, "\r\n\r\n", 4);

	buffer_add(&b, "SIP/2.0 200 OK\r\n", 16);
	for (char *p = line + 1; p < end; p = (char *)memchr(p, '\n', request->n) + 1) {
		size_t n = (char *)memchr(p, '\n', request->n) + 1 - p;
		if (strncmp(p, "Via", 3) == 0 || strncmp(p, "Record-", 7) == 0 ||
			strncmp(p, "CSeq", 4) == 0)
			buffer_add(&b, p, n);
	}
	buffer_add(&b, text, sprintf(text, "Content-Length: %zu\r\n\r\n", strlen(body)));
	buffer_add(&b, body, strlen(body));
	return b;
}

/* The same as the host would have got it from a peer that heard it itself. */
static struct buffer response_to(const char *request, const char *body)
{
	struct buffer b = {(char *)request, strlen(request), 0};

	return response_of(&b, body);
}

#endif
