/* SPDX-License-Identifier: MIT */
/* Connections, and probes for the address that one would have: decided before a message is there. */
#include "decide.h"

#include "choose.h"
#include "config/select.h"
#include "flow.h"

#define DNS_PORT 53
#define SIP_PORT 5060

/* The host's socket that a connection counts as sent from: what it bound, else its first listener. */
static const struct addr *connection_socket(const struct host *h, const struct sender *s, enum transport t)
{
	const struct listener *l;

	if (s->source->family && !addr_is_any(s->source)) {
		l = listeners_at(&h->listeners, t, s->source);
		if (!l) {
			struct addr any_port = *s->source;
			any_port.port = 0;
			l = listeners_at(&h->listeners, t, &any_port);
		}
		return l ? &l->addr : s->source;
	}
	l = listeners_first(&h->listeners, t, s->dst->family);
	return l ? &l->addr : NULL;
}

static bool hears_member(const void *ctx, const struct member *m)
{
	return listeners_hear(ctx, m);
}

/* Whose numbers those are that came in. */
static size_t from_of(const struct rules *r, const struct arrival_now *now, uint16_t bonds[ARRIVAL_BONDS])
{
	size_t count = 0;

	for (size_t i = 0; now->known && i < now->bond_count; i++) {
		uint16_t bond = rules_bond_of_slot(r, now->bonds[i]);
		if (bond != MODEL_NONE)
			bonds[count++] = bond;
	}
	return count;
}

/* No route: the way that the peer came in, else the host's own. */
static void no_route(const struct host *h, struct verdict *v, const struct sender *s)
{
	const struct config *c = &v->rules->config;

	if (v->why == WHY_ARRIVAL_UNKNOWN)
		choose_unknown(v);
	if (v->why != WHY_NO_ROUTE)
		return;
	v->how.member = flow_find_connection(h, v->rules, s, v->how.transport);
	if (v->how.member != SELECT_NONE) {
		v->why = WHY_FLOW;
		v->route.bond = c->members[v->how.member].bond;
		v->action = ACTION_BIND;
		return;
	}
	for (size_t i = 0; c->no_route == NO_ROUTE_FAIL && i < c->sip_port_count; i++) {
		if (c->sip_ports[i] == s->dst->port)
			v->action = ACTION_FAIL;
	}
}

void decide_connection(const struct host *h, struct verdict *v, const struct sender *s)
{
	const struct rules *r = v->rules = v->rules ? v->rules : h->rules;
	enum transport t = domains_stream_transport(&r->domains, NULL, s->dst);
	uint16_t from[ARRIVAL_BONDS];
	struct question q = {.dst = s->dst,
		.stream = true,
		.socket = connection_socket(h, s, t),
		.socket_transport = (uint8_t)t,
		.from_known = s->now->known,
		.from = from};

	q.from_count = from_of(r, s->now, from);
	v->how.transport = (uint8_t)t;
	if (listeners_own_stream(&h->listeners, v->rules, &h->hears, s->dst) || addr_is_any(s->dst)) {
		v->why = WHY_OWN_ADDRESS;
		return;
	}
	if (s->use == MODEL_NONE) {
		v->why = WHY_UNKNOWN_BOND;
		v->action = ACTION_FAIL;
		return;
	}
	if (s->use != DECIDE_USE_ROUTES) {
		v->route.bond = s->use;
	} else if (!choose_route(v, &q)) {
		no_route(h, v, s);
		return;
	}
	const struct route *route =
		v->route.number == MODEL_NONE ? NULL : &r->config.routes[v->route.number];
	v->how.transport = (uint8_t)domains_stream_transport(&r->domains, route, s->dst);
	v->how.member = select_next_heard(&r->config, choose_bond(v), v->how.transport, s->dst,
		SELECT_NONE, hears_member, &h->listeners);
	v->why = WHY_STEERED;
	v->action = ACTION_BIND;
	if (v->how.member == SELECT_NONE)
		choose_none(v, s, false);
}

void decide_next_connection(const struct host *h, struct verdict *v, const struct sender *s)
{
	if (v->why == WHY_FLOW) { /* no other member may go on with what this one began */
		v->action = ACTION_FAIL;
		return;
	}
	v->how.member = select_next_heard(&v->rules->config, choose_bond(v), v->how.transport, s->dst,
		v->how.member, hears_member, &h->listeners);
	if (v->how.member == SELECT_NONE)
		choose_none(v, s, true);
}

const struct addr *decide_probe(const struct host *h, struct verdict *v, const struct sender *s)
{
	struct addr dst = *s->dst;
	struct question q = {.dst = &dst, .probe = true};
	uint32_t i;

	/* pjsip asks with the port of DNS, for the addresses alone. */
	if (dst.port == DNS_PORT)
		dst.port = SIP_PORT;
	if (!v->rules)
		v->rules = h->rules;
	v->how.transport = TRANSPORT_UDP;
	if ((s->source->family && !addr_is_any(s->source)) || hears_at(&h->hears, &h->sockets, v->rules, &dst) ||
		!choose_route(v, &q))
		return NULL;
	uint16_t bond = v->rules->config.routes[v->route.number].bond;
	for (i = SELECT_NONE; (i = select_next(&v->rules->config, bond, TRANSPORT_UDP, &dst, i)) !=
		SELECT_NONE;) {
		const struct listener *l = listeners_of_member(&h->listeners, v->rules, i);
		if (!l || atomic_load(&l->fd) < 0)
			continue;
		v->how.member = i;
		v->why = WHY_PROBE;
		/* of a member that libbond opened the host has no socket: it knows its listener */
		return l->opened == OPENED_NOT ? &v->rules->config.members[i].addr : &l->addr;
	}
	return NULL;
}

const struct addr *decide_probe_opened(const struct host *h, const struct rules *r, const struct addr *answer)
{
	for (uint32_t i = 0; r->opens && i < r->config.member_count; i++) {
		const struct member *m = &r->config.members[i];
		if (!m->open || m->transport != TRANSPORT_UDP || !addr_same_host(&m->addr, answer))
			continue;
		const struct listener *l = listeners_of_member(&h->listeners, r, i);
		if (l && opened_hears(l->opened) && atomic_load(&l->fd) >= 0)
			return &l->addr;
	}
	return NULL;
}
