/* SPDX-License-Identifier: MIT */
/* Fills the names from the configuration and the listeners. */
#include "names.h"

/* What the table says whatever sockets there are. */
static struct roster roster_of(const struct rules *r, const struct hears *h)
{
	return (struct roster){.rules = r,
		.members_made = true,
		.local = h ? h->local : NULL,
		.local_count = h ? h->local_count : 0};
}

void names_of_members(const struct rules *r, struct name *members)
{
	struct roster of = roster_of(r, NULL);
	struct names *first = &r->names->tables[NAMES_TURNS];

	r->names->members = first->members = members;
	of.members_made = false;
	roster_fill(first, &of, 0);
	atomic_store(&r->names->now, first);
}

static bool hears_member(const struct rules *r, const struct listeners *ls, uint16_t family)
{
	for (uint32_t m = 0; m < r->config.member_count; m++) {
		if (r->config.members[m].transport == TRANSPORT_UDP &&
			r->config.members[m].addr.family == family && listeners_of_member(ls, r, m))
			return true;
	}
	return false;
}

/* A host with one UDP socket of a family answers from it, and where none is a member's, no request leaves
 * but by the one that the host chose. One that gets its second socket later has no responses yet that
 * could be sent by it. */
static void find_homes(const struct rules *rules, const struct listeners *ls, const struct roster *r)
{
	struct host_names *hn = rules->names;
	unsigned four = 0, six = 0;

	for (size_t i = 0; i < r->socket_count; i++) {
		const struct roster_socket *s = &r->sockets[i];
		if (s->transport != TRANSPORT_UDP)
			continue;
		four += s->addr.family == AF_INET || s->dual;
		six += s->addr.family == AF_INET6;
	}
	hn->marks_home[0] = rules->edits && four > 1 && hears_member(rules, ls, AF_INET);
	hn->marks_home[1] = rules->edits && six > 1 && hears_member(rules, ls, AF_INET6);
}

static size_t find_sockets(struct roster_socket *sockets, const struct listeners *ls, size_t room)
{
	size_t n = 0;

	for (unsigned i = 0; i < listeners_count(ls) && n < room; i++) {
		const struct listener *l = &ls->slots[i];
		if (listeners_is_known(ls, i) && l->opened != OPENED_SOURCE)
			sockets[n++] = (struct roster_socket){.addr = l->addr,
				.transport = l->transport,
				.any = l->any,
				.dual = l->dual,
				.owner = (uint16_t)i};
	}
	return n;
}

/* Which members come to the host's listeners though none of them is bound there. */
static void find_opened(const struct rules *rules, const struct listeners *ls)
{
	for (uint32_t i = 0; rules->opens && i < rules->config.member_count; i++) {
		const struct member *m = &rules->config.members[i];
		rules->names->members[i].opened = m->open &&
			(listeners_hear(ls, m) || listeners_leading(ls, rules, m, false));
	}
}

static bool fill(const struct names_room *room, const struct rules *rules, const struct listeners *ls,
	const struct roster *r, struct names *n, size_t own_room)
{
	n->shown = rules_members(rules) ? room->shown : NULL;
	n->members = rules->names->members;
	bool fits = roster_fill(n, r, own_room);
	find_homes(rules, ls, r);
	find_opened(rules, ls);
	atomic_store_explicit(&rules->names->now, n, memory_order_release);
	return fits;
}

bool names_changed(struct names_room *room, const struct rules *rules, const struct listeners *ls,
	const struct hears *h)
{
	unsigned turn = (atomic_load(&room->turn) + 1) % NAMES_TURNS;
	struct roster r = roster_of(rules, h);
	struct names *n = &rules->names->tables[turn];

	if (!rules_members(rules))
		return true;
	atomic_store(&room->turn, turn);
	r.sockets = room->sockets;
	r.socket_count = find_sockets(room->sockets, ls, LISTENERS_MAX);
	n->own = room->own[turn];
	return fill(room, rules, ls, &r, n, NAMES_OWN_MAX);
}

bool names_begin(const struct names_room *room, const struct rules *rules, const struct listeners *ls,
	const struct hears *h, void *take(void *ctx, size_t size), void *ctx)
{
	size_t count = listeners_count(ls);
	struct roster r = roster_of(rules, h);
	struct roster_socket *sockets;
	struct names *n = &rules->names->tables[NAMES_TURNS];

	if (!rules_members(rules))
		return true;
	sockets = take(ctx, count * sizeof(*sockets));
	if (!sockets)
		return false;
	r.sockets = sockets;
	r.socket_count = find_sockets(sockets, ls, count);
	size_t own = roster_count(&r);
	own = own < NAMES_OWN_MAX ? own : NAMES_OWN_MAX;
	n->own = take(ctx, (own + 1) * sizeof(*n->own));
	if (!n->own)
		return false;
	fill(room, rules, ls, &r, n, own);
	return true;
}

const struct name *names_at(const struct names *n, const struct addr *a, enum transport t)
{
	for (size_t i = 0; i < n->member_count; i++) {
		if (n->members[i].transport == t && addr_equal(&n->members[i].addr, a))
			return &n->members[i];
	}
	for (size_t i = 0; i < n->own_count; i++) {
		if (n->own[i].transport == t && addr_equal(&n->own[i].addr, a))
			return &n->own[i];
	}
	return NULL;
}
