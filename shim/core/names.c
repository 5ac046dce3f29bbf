/* SPDX-License-Identifier: MIT */
/* Fills the names from the configuration and the listeners. */
#include "names.h"

#include <stdlib.h>

void names_init(struct host_names *hn, const struct rules *r, const struct shown_table *shown)
{
	if (!r->config.member_count)
		return;
	for (int i = 0; i < NAMES_TURNS; i++) {
		hn->tables[i].own = hn->own[i];
		hn->tables[i].shown = shown;
		hn->tables[i].members = calloc(roster_members(r), sizeof(struct name));
		if (!hn->tables[i].members)
			return;
	}
}

static bool hears_member(const struct rules *r, const struct listeners *ls, uint16_t family)
{
	for (uint32_t m = 0; m < r->config.member_count; m++) {
		if (r->config.members[m].transport == TRANSPORT_UDP &&
			r->config.members[m].addr.family == family && listeners_of_member(ls, m))
			return true;
	}
	return false;
}

/* A host with one UDP socket of a family answers from it, and where none is a member's, no request leaves
 * but by the one that the host chose. One that gets its second socket later has no responses yet that
 * could be sent by it. */
static void find_homes(struct host_names *hn, const struct rules *rules, const struct listeners *ls,
	const struct roster *r)
{
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

bool names_changed(struct host_names *hn, const struct rules *rules, const struct listeners *ls,
	const struct hears *h)
{
	unsigned next = (atomic_load(&hn->turn) + 1) % NAMES_TURNS, count = listeners_count(ls);
	struct roster r = {.rules = rules,
		.sockets = hn->sockets,
		.local = h->local,
		.local_count = h->local_count};

	if (!hn->tables[NAMES_TURNS - 1].members)
		return true;
	for (unsigned i = 0; i < count; i++) {
		const struct listener *l = &ls->slots[i];
		if (listeners_is_known(ls, i))
			hn->sockets[r.socket_count++] = (struct roster_socket){.addr = l->addr,
				.transport = l->transport,
				.any = l->any,
				.dual = l->dual,
				.owner = (uint16_t)i};
	}
	bool fits = roster_fill(&hn->tables[next], &r, NAMES_OWN_MAX);
	find_homes(hn, rules, ls, &r);
	atomic_store_explicit(&hn->turn, next, memory_order_release);
	return fits;
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
