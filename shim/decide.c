/* SPDX-License-Identifier: MIT */
/* The decision. Read from the bottom: each public function is the list of its steps. Runs on the
 * send path: no system call, no allocation, no lock. */
#include "decide.h"

#include <errno.h>

#include "../config/select.h"
#include "listeners.h"
#include "own.h"
#include "shim.h"
#include "sip/scan.h"

#define DNS_PORT 53
#define SIP_PORT 5060

struct message {
	const char *p;
	size_t n;
	struct verdict *v;
};

static bool next_hop_of(void *ctx, struct next_hop *nh)
{
	const struct message *m = ctx;

	m->v->by_text = true;
	return scan_next_hop(m->p, m->n, nh, NULL);
}

/* The route, or false with v->why and v->action saying why the call stays the host's own. */
static inline bool find_route(struct verdict *v, const struct question *q)
{
	struct answer a;

	a.domain_unanswered = false;
	enum match_result result = match_route(shim_match, q, &a);
	if (unlikely(a.domain_unanswered)) {
		v->unanswered = true;
		v->unanswered_route = a.unanswered_route;
	}
	if (unlikely(result != MATCH_ROUTE)) {
		v->why = result == MATCH_OWN ? WHY_OWN_ADDRESS : WHY_NO_ROUTE;
		return false;
	}
	v->route = a.route;
	v->by_domain = a.by_domain;
	if (unlikely(shim_config->routes[a.route].bond == ROUTE_BOND_NONE)) {
		v->why = WHY_BOND_NONE;
		return false;
	}
	return true;
}

static inline const struct bond *bond_of_route(const struct verdict *v)
{
	return &shim_config->bonds[shim_config->routes[v->route].bond];
}

/* A datagram socket sends from the member already; one that must name the device anew does not. */
static inline bool already(const struct member *m, const struct sender *s)
{
	return addr_same_host(s->source, &m->addr) &&
		(s->source->port == m->addr.port || (s->word & FD_FLOATING)) && !m->device_index;
}

/* How a datagram of this sender could leave by member number i; false: it cannot. */
static inline bool usable(struct verdict *v, const struct sender *s, uint32_t i)
{
	const struct member *m = &shim_config->members[i];

	if (unlikely(s->word & FD_FLOATING)) {
		if (!(s->word & FD_STEERED))
			v->action = ACTION_REBIND;
		else if (addr_same_host(s->source, &m->addr))
			v->action = ACTION_PKTINFO;
		else
			return false; /* bound to another member for good */
		return true;
	}
	/* A wildcard listener hears the answer wherever its port is. */
	if (s->source->port == m->addr.port && addr_is_any(s->source)) {
		v->action = ACTION_PKTINFO;
		return true;
	}
	const struct listener *l = listeners_of_member(i);
	if (unlikely(!l))
		return false;
	int fd = atomic_load_explicit(&l->fd, memory_order_relaxed);
	if (unlikely(fds_listener(fds_peek(fd)) != l - listeners))
		return false;
	/* Where ports agree the source is set on the descriptor that the host named: the answer is
	 * heard, because a listener holds the member's port, and the descriptor is surely the host's. */
	if (s->source->port == m->addr.port) {
		v->action = ACTION_PKTINFO;
		return true;
	}
	if (unlikely(s->word & FD_CONNECTED))
		return false;
	v->action = ACTION_OTHER_FD;
	v->fd = fd;
	return true;
}

static void no_member(struct verdict *v, const struct sender *s, bool refused)
{
	const struct bond *b = bond_of_route(v);
	uint16_t number = shim_config->routes[v->route].bond;
	bool fits = select_next(shim_config, number, v->transport, s->dst, SELECT_NONE) != SELECT_NONE;

	v->member = SELECT_NONE;
	v->action = b->no_member == NO_MEMBER_FAIL ? ACTION_FAIL : ACTION_NONE;
	if (!fits)
		v->why = WHY_NO_MEMBER;
	else if (refused)
		v->why = WHY_MEMBER_REFUSED;
	else if (s->word & FD_STEERED)
		v->why = WHY_CANNOT_MOVE;
	else
		v->why = WHY_MEMBER_NOT_BOUND;
	/* A listener that the host itself connected is one conversation already: it stays. */
	if (v->why == WHY_MEMBER_NOT_BOUND && (s->word & FD_CONNECTED) &&
		!(s->word & FD_FLOATING)) {
		v->why = WHY_CONNECTED_LISTENER;
		v->action = ACTION_NONE;
	}
}

/* The member that the host sends from already, else the first usable one after v->member. */
static inline bool find_member(struct verdict *v, const struct sender *s)
{
	uint16_t bond = shim_config->routes[v->route].bond;
	const struct fit *fit = &shim_config->bonds[bond].fit[TRANSPORT_UDP][family_index(
		s->dst->family)];
	const uint32_t *i = shim_config->fit + fit->first, *end = i + fit->count;
	uint32_t after = v->member;
	bool found = false;

	for (; i < end; i++) {
		const struct member *m = &shim_config->members[*i];
		if (unlikely(!select_scope_fits(m, s->dst)))
			continue;
		if (unlikely(already(m, s))) {
			v->member = *i;
			v->why = WHY_ALREADY;
			v->action = ACTION_NONE;
			return true;
		}
		if (!found && (after == SELECT_NONE || *i > after) && usable(v, s, *i)) {
			v->member = *i;
			found = true;
		}
	}
	return found;
}

static inline bool steer_datagram(struct verdict *v, const struct sender *s, struct question *q)
{
	q->dst = s->dst;
	q->socket = s->word & FD_FLOATING ? NULL : s->source;
	q->socket_transport = TRANSPORT_UDP;
	v->transport = TRANSPORT_UDP;
	if (unlikely(own_has(s->dst))) {
		v->why = WHY_OWN_ADDRESS;
		return false;
	}
	if (!find_route(v, q)) {
		if (v->why == WHY_NO_ROUTE && shim_config->no_route == NO_ROUTE_FAIL)
			v->action = ACTION_FAIL;
		return v->action == ACTION_FAIL;
	}
	v->why = WHY_STEERED;
	if (unlikely(!find_member(v, s)))
		no_member(v, s, false);
	return v->action != ACTION_NONE;
}

bool decide_request(struct verdict *v, const struct sender *s, const char *p, size_t n)
{
	struct message m = {p, n, v};
	struct question q = {.next_hop = next_hop_of, .ctx = &m};

	return steer_datagram(v, s, &q);
}

bool decide_keepalive(struct verdict *v, const struct sender *s)
{
	struct question q = {0};
	bool act = steer_datagram(v, s, &q);

	/* What keeps a flow alive goes where the flow goes, or where the host says: it never fails. */
	if (v->why == WHY_STEERED)
		v->why = WHY_KEEPALIVE;
	if (v->action == ACTION_FAIL)
		v->action = ACTION_NONE;
	return act;
}

void decide_next(struct verdict *v, const struct sender *s)
{
	if (!find_member(v, s))
		no_member(v, s, true);
}

/* The host's socket that a connection counts as sent from: what it bound, else its first listener. */
static const struct addr *connection_socket(const struct sender *s, enum transport t)
{
	const struct listener *l;

	if (s->source->family && !addr_is_any(s->source)) {
		l = listeners_at(t, s->source);
		if (!l) {
			struct addr any_port = *s->source;
			any_port.port = 0;
			l = listeners_at(t, &any_port);
		}
		return l ? &l->addr : s->source;
	}
	l = listeners_first(t, s->dst->family);
	return l ? &l->addr : NULL;
}

void decide_connection(struct verdict *v, const struct sender *s)
{
	enum transport t = select_stream_transport(NULL, s->dst);
	struct question q = {.dst = s->dst,
		.stream = true,
		.socket = connection_socket(s, t),
		.socket_transport = (uint8_t)t};
	size_t i;

	v->transport = (uint8_t)t;
	if (listeners_own_stream(s->dst)) {
		v->why = WHY_OWN_ADDRESS;
		return;
	}
	if (!find_route(v, &q)) {
		for (i = 0; v->why == WHY_NO_ROUTE && i < shim_config->sip_port_count; i++) {
			if (shim_config->no_route == NO_ROUTE_FAIL &&
				shim_config->sip_ports[i] == s->dst->port)
				v->action = ACTION_FAIL;
		}
		return;
	}
	const struct route *route = &shim_config->routes[v->route];
	v->transport = (uint8_t)select_stream_transport(route, s->dst);
	v->member = select_next(
		shim_config, route->bond, v->transport, s->dst, SELECT_NONE);
	v->why = WHY_STEERED;
	v->action = ACTION_BIND;
	if (v->member == SELECT_NONE)
		no_member(v, s, false);
}

void decide_next_connection(struct verdict *v, const struct sender *s)
{
	v->member = select_next(shim_config, shim_config->routes[v->route].bond, v->transport, s->dst,
		v->member);
	if (v->member == SELECT_NONE)
		no_member(v, s, true);
}

const struct addr *decide_probe(struct verdict *v, const struct sender *s)
{
	struct addr dst = *s->dst;
	struct question q = {.dst = &dst, .probe = true};
	uint32_t i;

	/* pjsip asks with the port of DNS, for the addresses alone. */
	if (dst.port == DNS_PORT)
		dst.port = SIP_PORT;
	v->transport = TRANSPORT_UDP;
	if ((s->source->family && !addr_is_any(s->source)) || own_has(&dst) ||
		!find_route(v, &q))
		return NULL;
	uint16_t bond = shim_config->routes[v->route].bond;
	for (i = SELECT_NONE; (i = select_next(shim_config, bond, TRANSPORT_UDP, &dst, i)) !=
		SELECT_NONE;) {
		const struct listener *l = listeners_of_member(i);
		if (!l || atomic_load(&l->fd) < 0)
			continue;
		v->member = i;
		v->why = WHY_PROBE;
		return &shim_config->members[i].addr;
	}
	return NULL;
}
