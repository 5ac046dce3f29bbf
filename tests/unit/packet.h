/* SPDX-License-Identifier: MIT */
/* Records of messages, as a host writes them. */
#ifndef TEST_PACKET_H
#define TEST_PACKET_H

#include <criterion/criterion.h>
#include <string.h>

#include "config/model.h"
#include "segment/packet.h"

static struct addr addr_of(const char *text)
{
	struct addr a = {0};

	if (*text)
		cr_assert_eq(addr_parse(&a, text, strlen(text)), 0, "%s", text);
	return a;
}

/* What a test says of a message; NULL and 0 as they are. */
struct said {
	const char *from, *to, *shown;
	const char *texts[PACKET_TEXTS];
	const char *wire, *host; /* host NULL: the same */
	uint8_t flags;
	enum transport transport; /* TRANSPORT_NONE: UDP */
	int64_t at;
};

/* The record, in room for it; its size. */
static size_t record_of_bytes(const struct said *s, const void *wire, size_t wire_n, char *record)
{
	struct packet p = {.at = s->at ? s->at : INT64_C(1790000000123456789),
		.process = 812,
		.thread = 813,
		.from = addr_of(s->from),
		.to = addr_of(s->to),
		.wire = (uint32_t)wire_n,
		.wire_whole = (uint32_t)wire_n,
		.flags = s->flags,
		.transport = (uint8_t)(s->transport ? s->transport : TRANSPORT_UDP)};
	size_t n = sizeof(p);

	if (s->shown)
		p.shown = addr_of(s->shown);
	if (!s->host)
		p.flags |= p.flags & PACKET_UNSEEN ? 0 : PACKET_SAME;
	else
		p.host = p.host_whole = (uint32_t)strlen(s->host);
	for (int i = 0; i < PACKET_TEXTS; i++) {
		p.texts[i] = (uint16_t)(s->texts[i] ? strlen(s->texts[i]) : 0);
		memcpy(record + n, s->texts[i] ? s->texts[i] : "", p.texts[i]);
		n += p.texts[i];
	}
	memcpy(record, &p, sizeof(p));
	memcpy(record + n, wire, wire_n);
	memcpy(record + n + wire_n, s->host ? s->host : "", p.host);
	return n + wire_n + p.host;
}

static inline size_t record_of_said(const struct said *s, char *record)
{
	return record_of_bytes(s, s->wire, strlen(s->wire), record);
}

#endif
