/* SPDX-License-Identifier: MIT */
/* A record is put together in room of the pool, as stacks may be small, and copied once, into the ring. */
#include "told.h"

#include "base/raw.h"
#include "call_ids.h"
#include "config/select.h"
#include "live.h"
#include "preload/scratch.h"
#include "segment/packet.h"
#include "verdict.h"

#define PIECES 200 /* of either side: more than edits make */

/* A record while it is made, in a struct scratch. */
struct record {
	struct packet packet;
	struct line verdict;
	struct call_ids call_ids;
	char member[ADDR_TEXT_MAX + 8];
	size_t count;
	struct iovec pieces[1 + PACKET_TEXTS + 2 * PIECES];
};
_Static_assert(sizeof(struct record) <= sizeof(struct scratch), "it has room there");

static void add(struct record *r, const void *p, size_t n)
{
	if (n)
		r->pieces[r->count++] = (struct iovec){(void *)(uintptr_t)p, n};
}

static void add_text(struct record *r, enum packet_text which, const char *text, size_t n)
{
	size_t most = which == PACKET_VERDICT ? PACKET_VERDICT_MAX : PACKET_NAME_MAX;

	n = n < most ? n : most;
	r->packet.texts[which] = (uint16_t)n;
	add(r, text, n);
}

/* As many bytes as a side has room for; how many that are. */
static uint32_t add_bytes(struct record *r, const struct packet_bytes *b)
{
	size_t left = b->n < PACKET_BYTES_MAX ? b->n : PACKET_BYTES_MAX, end = r->count + PIECES, n = 0;

	for (size_t i = 0; i < b->count && left && r->count < end; i++) {
		size_t size = b->iov[i].iov_len < left ? b->iov[i].iov_len : left;
		add(r, b->iov[i].iov_base, size);
		left -= size;
		n += size;
	}
	return (uint32_t)n;
}

static void add_texts(struct record *r, const struct told *t)
{
	const struct config *c = &t->rules->config;
	const struct verdict *v = t->verdict;
	const char *bond = "", *route = "";
	struct line *l = &r->verdict;

	r->member[0] = 0;
	if (t->member < c->member_count) {
		const struct member *m = &c->members[t->member];
		size_t n = strlen(transport_names[m->transport]);
		bond = c->bonds[m->bond].name;
		memcpy(r->member, transport_names[m->transport], n);
		r->member[n] = ':';
		addr_print(&m->addr, r->member + n + 1);
	}
	if (v && v->route.number < c->route_count)
		route = c->routes[v->route.number].name;
	line_start(l);
	if (v && v->why != WHY_NOTHING)
		verdict_print(l, v, c);
	add_text(r, PACKET_CALL, t->call, strlen(t->call));
	add_text(r, PACKET_BOND, bond, strlen(bond));
	add_text(r, PACKET_ROUTE, route, strlen(route));
	add_text(r, PACKET_MEMBER, r->member, strlen(r->member));
	add_text(r, PACKET_VERDICT, l->text, l->length);
}

/* Who wants it. */
static uint16_t readers_of(struct record *r, const struct told *t)
{
	struct verdict v = VERDICT_EMPTY;
	struct wants_call call = {.call = filter_call(t->call),
		.verdict = &v,
		.config = &t->rules->config,
		.call_ids = &r->call_ids,
		.peer_count = t->peer.family != 0,
		.peers = {t->peer}};
	/* where it is in one piece */
	const struct packet_bytes *in = t->wire->count > 1 && t->host && t->host->count == 1 ? t->host : t->wire;
	size_t first = in->iov->iov_len < in->n ? in->iov->iov_len : in->n;

	if (t->verdict)
		v = *t->verdict;
	if (v.how.member == SELECT_NONE)
		v.how.member = t->member;
	call_ids_start(&r->call_ids);
	if (transport_is_datagram((enum transport)t->transport) || t->transport == TRANSPORT_WSS)
		call_ids_of_message(&r->call_ids, in->iov->iov_base, first);
	else
		call_ids_of_stream(&r->call_ids, in->iov->iov_base, first);
	return live_readers(LIVE_PACKETS, &call);
}

void told_put(const struct told *t)
{
	uint16_t readers = live_readers(LIVE_PACKETS, NULL);
	struct scratch *room = readers ? scratch_take() : NULL;
	struct record *r = (struct record *)room;

	if (!room)
		return;
	bool arrived = t->flags & PACKET_ARRIVED;
	readers = readers_of(r, t);
	r->packet = (struct packet){.at = t->at,
		.process = (int32_t)raw_syscall(SYS_getpid, 0, 0, 0, 0),
		.thread = (int32_t)raw_syscall(SYS_gettid, 0, 0, 0, 0),
		.from = arrived ? t->peer : t->own,
		.to = arrived ? t->own : t->peer,
		.shown = t->shown,
		.flags = (uint8_t)(t->flags | (t->host || (t->flags & PACKET_UNSEEN) ? 0 : PACKET_SAME)),
		.transport = t->transport};
	r->count = 0;
	add(r, &r->packet, sizeof(r->packet));
	add_texts(r, t);
	r->packet.wire_whole = (uint32_t)t->wire->n;
	r->packet.wire = add_bytes(r, t->wire);
	if (t->host) {
		r->packet.host_whole = (uint32_t)t->host->n;
		r->packet.host = add_bytes(r, t->host);
	}
	live_put(RING_PACKET, readers, r->pieces, r->count);
	scratch_give(room);
}
