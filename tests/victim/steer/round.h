/* SPDX-License-Identifier: MIT */
/* What goes round on a connection of TLS: requests, each of which comes back as an answer with its own fields, so
 * that what was edited on the way out and in is as it was, byte for byte. */
#ifndef ROUND_H
#define ROUND_H

#include "stream.h"

#define BODY_MAX 50000

static unsigned seed = 1;

static unsigned dice(unsigned sides)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % sides;
}

/* One request of that name, with so large a body, and the answer to it, as their sender has them. */
static void add_message(struct buffer *requests, struct buffer *answers, const char *name, size_t size, int number)
{
	static char body[BODY_MAX];
	char head[2000];
	static const char fields[] =
		"Via: SIP/2.0/TLS %s;branch=z9hG4bK-%d\r\nVia: SIP/2.0/TLS 10.0.3.7:5070;branch=z9hG4bK-0\r\n"
		"Record-Route: <sip:%s;transport=tls;lr>\r\nMax-Forwards: 70\r\n"
		"From: <sip:a@10.0.9.9>;tag=1\r\nTo: <sip:bob@10.0.3.1>\r\nCall-ID: c\r\nCSeq: %d INVITE\r\n"
		"Content-Length: %zu\r\n\r\n";

	for (size_t i = 0; i < size; i++)
		body[i] = (char)('a' + dice(26));
	buffer_add(requests, head, (size_t)sprintf(head, "INVITE sip:bob@10.0.3.1:5090;transport=tls SIP/2.0\r\n"));
	buffer_add(answers, head, (size_t)sprintf(head, "SIP/2.0 200 OK\r\n"));
	int n = sprintf(head, fields, name, number, name, number, size);
	buffer_add(requests, head, (size_t)n);
	buffer_add(answers, head, (size_t)n);
	buffer_add(requests, body, size);
	buffer_add(answers, body, size);
}

/* The peer answers with what stands in a request: what it reads is text. */
struct echo {
	struct buffer read, text; /* as it came; the answers */
	size_t at;                /* of read, answered */
	size_t sent;
};

static void answer(struct echo *e)
{
	for (;;) {
		char *p = e->read.p + e->at, *end = memmem(p, e->read.n - e->at, "\r\n\r\n", 4);
		if (!end)
			return;
		char *length = memmem(p, (size_t)(end - p), "Content-Length: ", 16);
		size_t size = (size_t)(end + 4 - p) + strtoul(length + 16, NULL, 10);
		if (e->read.n - e->at < size)
			return;
		char *fields = (char *)memchr(p, '\n', size) + 1;
		buffer_add(&e->text, "SIP/2.0 200 OK\r\n", 16);
		buffer_add(&e->text, fields, size - (size_t)(fields - p));
		e->at += size;
	}
}

#endif
