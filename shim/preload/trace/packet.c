/* SPDX-License-Identifier: MIT */
/* A record is put together in room of the pool, as stacks may be small, and copied once, into the ring. */
#include "packet.h"

#include <errno.h>

#include "base/raw.h"
#include "call_ids.h"
#include "clock.h"
#include "core/decide.h"
#include "config/select.h"
#include "live.h"
#include "preload/datagram/control.h"
#include "preload/process.h"
#include "preload/readable.h"
#include "preload/scratch.h"
#include "preload/sockets/ask.h"
#include "preload/turn.h"
#include "segment/packet.h"
#include "sip/scan.h"
#include "verdict.h"

#define PIECES 200 /* of either side: more than edits make */

/* What is told of one message. */
struct told {
	const char *call;
	int64_t at;
	const struct verdict *verdict; /* or NULL */
	struct addr own, peer, shown;
	const struct packet_bytes *wire, *host; /* host NULL: the same */
	const struct rules *rules;
	uint32_t member; /* of them, at the host's own end, SELECT_NONE = none */
	uint8_t flags, transport;
};

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

/* Those that the verdict's numbers are of. */
static const struct rules *rules_of(const struct verdict *v)
{
	return v && v->rules ? v->rules : rules_now();
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
	if (transport_is_datagram((enum transport)t->transport))
		call_ids_of_message(&r->call_ids, in->iov->iov_base, first);
	else
		call_ids_of_stream(&r->call_ids, in->iov->iov_base, first);
	return live_readers(LIVE_PACKETS, &call);
}

static void put(const struct told *t)
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

bool packet_is_one(uint32_t bits, const char *p, size_t n)
{
	return scan_is_request(p, n) || scan_is_response(p, n) ||
		(((bits & FD_SIP) || sockets_listener(bits) >= 0) && scan_is_keepalive(p, n));
}

/* The address that the kernel takes where the socket has none. */
static void settle_own(struct addr *own, const struct addr *peer)
{
	struct addr a;

	if (own->family && !addr_is_any(own))
		return;
	if (!ask_source(peer, &a))
		return;
	a.port = own->port;
	*own = a;
}

static void take_ip(struct addr *to, const struct addr *source)
{
	uint16_t port = to->port;

	*to = *source;
	to->port = port;
}

/* Where it really left from. */
static void find_source(struct told *t, const struct outgoing *o, const struct verdict *v,
	const struct sender *s)
{
	int fd = v->action == ACTION_OTHER_FD ? v->how.fd : o->fd;
	bool moved = v->action == ACTION_OTHER_FD || v->action == ACTION_PKTINFO || v->action == ACTION_REBIND;
	const struct addr *source = NULL;

	ask_local_name(fd, &t->own);
	if (moved && v->how.member < t->rules->config.member_count)
		source = &t->rules->config.members[v->how.member].addr;
	else if (v->action == ACTION_PKTINFO || (moved && v->why == WHY_RESPONSE))
		source = s->reply;
	else if (!moved && s->source != &record_of(o->fd)->local)
		source = s->source;
	if (source && source->family && !addr_is_any(source))
		take_ip(&t->own, source);
	settle_own(&t->own, s->dst);
}

/* What the host takes its own end for. A wildcard is what the kernel would make of it. */
static void find_shown(struct told *t, int fd, const struct addr *source, bool same_socket)
{
	const struct fd_record *r = record_of(fd);
	struct addr name;

	t->shown = r->named.family ? r->named : *source;
	if (!t->shown.port && ask_local_name(fd, &name))
		t->shown.port = name.port;
	if (t->shown.family && !addr_is_any(&t->shown))
		return;
	if (same_socket)
		t->shown = t->own;
	else
		settle_own(&t->shown, &t->peer);
}

static const char *call_name(const struct outgoing *o)
{
	switch (o->call) {
	case SEND_SENDMSG: return "sendmsg";
	case SEND_WRITE: return "write";
	case SEND_WRITEV: return "writev";
	default: return "sendto";
	}
}

static void find_member(struct told *t, bool any_port)
{
	t->member = rules_member_at(t->rules, &t->own, (enum transport)t->transport);
	if (t->member == SELECT_NONE && any_port)
		t->member = rules_member_of_host(t->rules, &t->own, (enum transport)t->transport);
}

void packet_left(const struct outgoing *o, const struct verdict *v, const struct sender *s,
	const struct packet_bytes *wire, int64_t at, bool answer)
{
	int saved = errno;
	struct packet_bytes host = {o->msg->msg_iov, o->msg->msg_iovlen, 0};
	struct told t = {.call = call_name(o),
		.at = at,
		.verdict = v,
		.rules = rules_of(v),
		.peer = *s->dst,
		.wire = wire,
		.member = v->how.member,
		.transport = TRANSPORT_UDP,
		.flags = answer ? PACKET_UNSEEN : 0};

	find_source(&t, o, v, s);
	find_shown(&t, o->fd, s->source, v->action != ACTION_OTHER_FD);
	if (t.member == SELECT_NONE)
		find_member(&t, false);
	if (wire->iov != host.iov && !answer) {
		for (size_t i = 0; i < host.count; i++)
			host.n += host.iov[i].iov_len;
		t.host = &host;
	}
	put(&t);
	errno = saved;
}

void packet_passed(const struct outgoing *o, const struct verdict *v, const struct trace_mark *m, ssize_t n)
{
	uint32_t bits = bits_of(o->fd);
	const struct iovec *iov = o->msg->msg_iov;
	struct packet_bytes wire = {iov, o->msg->msg_iovlen, (size_t)n};
	struct sender s = {.bits = bits};
	struct verdict none = *v;
	struct addr dst, own;
	struct timespec now;

	if (v->how.told || n <= 0 || !(bits & FD_UDP) || !wire.count || !readable(iov) ||
		!packet_is_one(bits, iov->iov_base, iov->iov_len < wire.n ? iov->iov_len : wire.n))
		return;
	none.action = ACTION_NONE;
	s.source = &record_of(o->fd)->local;
	s.dst = &record_of(o->fd)->peer;
	if (o->msg->msg_name && addr_from_sockaddr(&dst, o->msg->msg_name, o->msg->msg_namelen) == 0)
		s.dst = &dst;
	own = *s.source;
	if (o->msg->msg_controllen && control_find_source(o->msg, &own, &(uint32_t){0})) {
		own.family = s.dst->family;
		s.source = &own;
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	packet_left(o, &none, &s, &wire,
		packet_clock() - (clock_nanoseconds(&now) - clock_nanoseconds(&m->start)), false);
}

/* The route of a connection that libbond moved, which nobody has kept: what it would be made by now, if that
 * is the same member. */
static void find_route(struct verdict *v, const struct told *t, const struct fd_record *r, uint32_t bits)
{
	struct verdict anew = VERDICT_EMPTY;
	struct sender s = {.bits = bits,
		.use = turn_bond(t->rules),
		.source = &r->host_bound,
		.dst = &r->peer,
		.now = &turn_now};

	if (!(bits & FD_STEERED) || v->route.number != MODEL_NONE)
		return;
	anew.rules = t->rules;
	decide_connection(&this_host, &anew, &s);
	if (anew.how.member != t->member)
		return;
	v->route = anew.route;
	v->rules = t->rules;
}

void packet_streamed(int fd, bool arrived, const struct verdict *v, const struct packet_bytes *wire,
	const struct packet_bytes *host, int64_t at, bool seen)
{
	int saved = errno;
	const struct fd_record *r = record_of(fd);
	struct verdict routed = VERDICT_EMPTY;
	struct told t = {.call = arrived ? "recvfrom" : "sendto",
		.at = at,
		.verdict = &routed,
		.rules = rules_of(v),
		.peer = r->peer,
		.wire = wire,
		.host = host,
		.transport = TRANSPORT_TCP,
		.flags = (uint8_t)((arrived ? PACKET_ARRIVED : 0) | (seen ? 0 : PACKET_UNSEEN))};

	if (!wire->n && !(host && host->n))
		return;
	if (!ask_local_name(fd, &t.own))
		t.own = r->local;
	t.shown = (bits_of(fd) & FD_STEERED) && r->named.family ? r->named : t.own;
	t.shown.port = t.own.port;
	find_member(&t, true);
	if (v)
		routed = *v;
	find_route(&routed, &t, r, bits_of(fd));
	put(&t);
	errno = saved;
}

void packet_arriving(struct packet_arrival *a, int fd, const struct iovec *iov, size_t count, size_t n)
{
	a->wire = NULL;
	if (!packet_wanted() || !n || !count)
		return;
	a->wire = scratch_take();
	if (!a->wire)
		return;
	a->at = packet_clock();
	a->n = scratch_gather(a->wire, iov, count, n);
	if (a->n && packet_is_one(bits_of(fd), a->wire->bytes, a->n))
		return;
	scratch_give(a->wire);
	a->wire = NULL;
}

/* Whether the pieces hold those bytes and no other. */
static bool is_same(const struct packet_bytes *b, const char *p, size_t n)
{
	if (b->n != n)
		return false;
	for (size_t i = 0; i < b->count && n; i++) {
		size_t size = b->iov[i].iov_len < n ? b->iov[i].iov_len : n;
		if (memcmp(b->iov[i].iov_base, p, size) != 0)
			return false;
		p += size;
		n -= size;
	}
	return true;
}

void packet_arrived(struct packet_arrival *a, const char *name, int fd, const struct addr *from,
	const struct addr *to, const struct packet_bytes *host, bool seen, const struct verdict *v)
{
	int saved = errno;

	if (!a->wire)
		return;
	struct iovec one = {a->wire->bytes, a->n};
	struct packet_bytes wire = {&one, 1, a->n};
	struct told t = {.call = name,
		.at = a->at,
		.verdict = v,
		.rules = rules_of(v),
		.wire = &wire,
		.transport = TRANSPORT_UDP,
		.flags = (uint8_t)(PACKET_ARRIVED | (seen ? 0 : PACKET_UNSEEN))};

	t.peer = from && from->family ? *from : record_of(fd)->peer;
	ask_local_name(fd, &t.own);
	if (to && to->family)
		take_ip(&t.own, to);
	settle_own(&t.own, &t.peer);
	find_shown(&t, fd, &t.own, true);
	find_member(&t, bits_of(fd) & FD_FLOATING);
	if (seen && !is_same(host, a->wire->bytes, a->n))
		t.host = host;
	put(&t);
	scratch_give(a->wire);
	a->wire = NULL;
	errno = saved;
}
