/* SPDX-License-Identifier: MIT */
/* What is kept tells addresses; which of them are heard is told by the rules. */
#include "flow.h"

#include "config/select.h"
#include "segment/flows.h"

/* Sockets of a group (SO_REUSEPORT) hear the same, of which one is what carries a member. */
static bool hears_too(const struct listeners *ls, const struct listener *l, int number)
{
	const struct listener *own = number < 0 ? NULL : &ls->slots[number];

	return own == l || (own && own->opened == l->opened && opened_hears(own->opened) &&
				   own->transport == l->transport && addr_equal(&own->addr, &l->addr));
}

bool flow_is_heard(const struct host *h, const struct rules *r, const struct sender *s, const struct addr *at)
{
	if (!s->wide || addr_equal(at, s->source))
		return true;
	uint32_t m = rules_member_at(r, at, TRANSPORT_UDP);
	const struct listener *l = m == SELECT_NONE ? NULL : listeners_of_member(&h->listeners, r, m);
	/* one of another port is sent from a socket of its own, which hears nothing */
	if (l && l->opened == OPENED_SOURCE)
		l = listeners_leading(&h->listeners, r, &r->config.members[m], true);
	return l && hears_too(&h->listeners, l, sockets_listener(s->bits));
}

/* The bond to which the host's side of a flow belongs, or MODEL_NONE. */
static uint16_t bond_at(const struct rules *r, const struct addr *at)
{
	for (size_t i = 0; i < r->config.member_count; i++) {
		if (addr_equal(&r->config.members[i].addr, at))
			return r->config.members[i].bond;
	}
	return MODEL_NONE;
}

/* What serves a transport where the peer came in by another one: that very address, else another port of it,
 * else the bond's first. */
enum near { NEAR_BOND, NEAR_HOST, NEAR_PORT, NEAR_NOT = -1 };

static enum near nearness(const struct member *m, enum transport t, const struct addr *at, uint16_t bond)
{
	if (m->transport != t || m->addr.family != at->family)
		return NEAR_NOT;
	if (!addr_same_host(&m->addr, at))
		return m->bond == bond ? NEAR_BOND : NEAR_NOT;
	return m->addr.port == at->port ? NEAR_PORT : NEAR_HOST;
}

/* Of the sender's socket. */
static bool find_beside(const struct host *h, const struct rules *r, const struct sender *s, struct addr *at)
{
	enum near best = NEAR_NOT;
	uint16_t bond = bond_at(r, at);
	const struct member *found = NULL;

	for (size_t i = 0; bond != MODEL_NONE && i < r->config.member_count; i++) {
		const struct member *m = &r->config.members[i];
		enum near n = nearness(m, TRANSPORT_UDP, at, bond);
		if (n > best && flow_is_heard(h, r, s, &m->addr)) {
			best = n;
			found = m;
		}
	}
	if (found)
		*at = found->addr;
	return found;
}

bool flow_find(const struct host *h, const struct rules *r, const struct sender *s, struct addr *at)
{
	const struct flows *f = h->segment.flows;

	if (!flows_may(f, hears_low(s->dst)))
		return false;
	if (flows_find(f, &(struct flow_end){s->dst, s->source->port}, at))
		return !addr_equal(at, s->source) && flow_is_heard(h, r, s, at);
	return flows_find(f, &(struct flow_end){s->dst, FLOW_NAMED}, at) && !addr_equal(at, s->source) &&
		find_beside(h, r, s, at);
}

/* Looks at one more flow, which counts if it is trusted more than the one that was found. */
static void look(const struct flows *f, const struct addr *peer, uint16_t port, int *trust, struct addr *at)
{
	struct addr here;
	int t = flows_trust(f, &(struct flow_end){peer, port}, &here);

	if (t <= *trust)
		return;
	*trust = t;
	*at = here;
}

/* Where a peer came in last to which a connection goes: by the port that it named, or sends datagrams from, to
 * whichever listener; else at all, where the port is one of SIP: another may be of another program there. */
static bool find_peer(const struct host *h, const struct rules *r, const struct addr *peer, struct addr *at)
{
	const struct flows *f = h->segment.flows;
	struct addr any = *peer;
	int trust = -1;

	if (!flows_may(f, hears_low(peer)))
		return false;
	look(f, peer, FLOW_NAMED, &trust, at);
	for (unsigned i = 0, n = listeners_count(&h->listeners); i < n; i++) {
		const struct listener *l = &h->listeners.slots[i];
		if (listeners_is_known(&h->listeners, i) && opened_hears(l->opened) && l->transport == TRANSPORT_UDP)
			look(f, peer, l->addr.port, &trust, at);
	}
	any.port = 0;
	if (trust <= FLOW_CAME && rules_is_sip_port(r, peer->port))
		look(f, &any, FLOW_NAMED, &trust, at);
	return trust >= 0;
}

/* It is kept of a peer that it came to the host's own address. */
static bool is_home(const struct host *h, const struct addr *at)
{
	for (unsigned i = 0, n = listeners_count(&h->listeners); i < n; i++) {
		const struct listener *l = &h->listeners.slots[i];
		if (listeners_is_known(&h->listeners, i) && opened_hears(l->opened) && addr_equal(&l->addr, at))
			return true;
	}
	return false;
}

/* The host has bound the socket elsewhere than where the member is heard. */
static bool is_elsewhere(const struct host *h, const struct rules *r, const struct addr *source, uint32_t m)
{
	const struct listener *l = listeners_of_member(&h->listeners, r, m);

	if (!source->family || addr_is_any(source))
		return false;
	if (!l || l->opened == OPENED_SOURCE)
		l = listeners_leading(&h->listeners, r, &r->config.members[m], false);
	return !l || !addr_same_host(&l->addr, source);
}

uint32_t flow_find_connection(const struct host *h, const struct rules *r, const struct sender *s, enum transport t)
{
	enum near best = NEAR_NOT;
	uint32_t found = SELECT_NONE;
	struct addr at = {0};

	if (!r->opens || !find_peer(h, r, s->dst, &at) || is_home(h, &at))
		return SELECT_NONE;
	uint16_t bond = bond_at(r, &at);
	for (uint32_t i = 0; bond != MODEL_NONE && i < r->config.member_count; i++) {
		const struct member *m = &r->config.members[i];
		enum near n = nearness(m, t, &at, bond);
		if (n > best && select_scope_fits(m, s->dst) && !is_elsewhere(h, r, s->source, i)) {
			best = n;
			found = i;
		}
	}
	return found;
}
