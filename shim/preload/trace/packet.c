/* SPDX-License-Identifier: MIT */
/* Between which ends a message went, whose member that is, and what the host takes its own end for. */
#include "packet.h"

#include <errno.h>

#include "clock.h"
#include "core/decide.h"
#include "config/select.h"
#include "preload/datagram/control.h"
#include "preload/process.h"
#include "preload/readable.h"
#include "preload/scratch.h"
#include "preload/sockets/ask.h"
#include "preload/turn.h"
#include "segment/packet.h"
#include "sip/scan.h"
#include "told.h"

/* Those that the verdict's numbers are of. */
static const struct rules *rules_of(const struct verdict *v)
{
	return v && v->rules ? v->rules : rules_now();
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
	told_put(&t);
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

/* By which member a connection in the clear goes: what it carries is not looked at. */
static void find_stream_member(struct told *t)
{
	t->member = SELECT_NONE;
	for (int i = 0; i < 4 && t->member == SELECT_NONE; i++) {
		t->transport = i & 1 ? TRANSPORT_WS : TRANSPORT_TCP;
		find_member(t, i >= 2);
	}
	t->transport = TRANSPORT_TCP;
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
	find_stream_member(&t);
	if (v)
		routed = *v;
	find_route(&routed, &t, r, bits_of(fd));
	told_put(&t);
	errno = saved;
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

/* Those of a connection, by what is known of it. */
static void find_ends(struct told *t, const struct side_ends *e)
{
	t->peer = e->at->peer;
	t->own = e->at->local;
	t->transport = e->transport;
	t->shown = (e->bits & FD_STEERED) && e->at->named.family ? e->at->named : t->own;
	t->shown.port = t->own.port;
	find_member(t, true);
}

void packet_inside(const struct packet_clear *c, const struct packet_bytes *wire, const struct packet_bytes *host)
{
	int saved = errno;
	struct verdict routed = *c->verdict;
	struct told t = {.call = c->call,
		.at = c->at,
		.verdict = &routed,
		.rules = routed.rules ? routed.rules : c->ends->rules,
		.wire = wire,
		.host = host,
		.flags = (uint8_t)((c->arrived ? PACKET_ARRIVED : 0) | (c->seen ? 0 : PACKET_UNSEEN))};

	if (!wire->n && !(host && host->n))
		return;
	if (host && wire->iov->iov_len >= wire->n && is_same(host, wire->iov->iov_base, wire->n))
		t.host = NULL;
	find_ends(&t, c->ends);
	find_route(&routed, &t, c->ends->at, c->ends->bits);
	told_put(&t);
	errno = saved;
}

void packet_route(struct verdict *v, const struct side_ends *ends)
{
	struct told t = {.rules = ends->rules};

	find_ends(&t, ends);
	v->rules = t.rules;
	v->how.member = t.member;
	v->why = t.member == SELECT_NONE ? WHY_NOTHING : WHY_ALREADY;
	v->dst = t.peer;
	find_route(v, &t, ends->at, ends->bits);
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
	told_put(&t);
	scratch_give(a->wire);
	a->wire = NULL;
	errno = saved;
}
