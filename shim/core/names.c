/* SPDX-License-Identifier: MIT */
/* Fills the names from the configuration and the listeners. Tables take turns, so that a send that
 * another thread began with the last one can end with it. */
#include "names.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "config/select.h"
#include "listeners.h"
#include "preload/trace/notices.h"
#include "hears.h"
#include "segment/choices.h"
#include "roster.h"

#define TURNS 4
#define OWN_MAX 8192 /* a wildcard listener has one for each local address and alias */

bool names_edits, names_marks, names_marks_all, names_marks_home[2];

static const struct config *config;
static struct name own[TURNS][OWN_MAX];
static struct names tables[TURNS];
static _Atomic unsigned turn;

void names_init(const struct config *c)
{
	config = c;
	if (!c->member_count)
		return;
	for (int i = 0; i < TURNS; i++) {
		tables[i].own = own[i];
		tables[i].shown = shared_shown();
		tables[i].members = calloc(c->member_count, sizeof(struct name));
		if (!tables[i].members)
			return;
	}
	names_edits = !c->headers_keep;
	names_marks_all = c->header != NULL;
	for (size_t i = 0; i < c->route_count; i++)
		names_marks_all |= c->routes[i].from_count > 0;
	names_marks = names_edits || names_marks_all;
	names_changed();
}

static bool hears_member(uint16_t family)
{
	for (uint32_t m = 0; m < config->member_count; m++) {
		if (config->members[m].transport == TRANSPORT_UDP &&
			config->members[m].addr.family == family && listeners_of_member(m))
			return true;
	}
	return false;
}

/* A host with one UDP socket of a family answers from it, and where none is a member's, no request leaves
 * but by the one that the host chose. One that gets its second socket later has no responses yet that
 * could be sent by it. */
static void find_homes(const struct roster *r)
{
	unsigned four = 0, six = 0;

	for (size_t i = 0; i < r->socket_count; i++) {
		const struct roster_socket *s = &r->sockets[i];
		if (s->transport != TRANSPORT_UDP)
			continue;
		four += s->addr.family == AF_INET || s->dual;
		six += s->addr.family == AF_INET6;
	}
	names_marks_home[0] = names_edits && four > 1 && hears_member(AF_INET);
	names_marks_home[1] = names_edits && six > 1 && hears_member(AF_INET6);
}

void names_changed(void)
{
	static struct roster_socket sockets[LISTENERS_MAX];
	unsigned next = (atomic_load(&turn) + 1) % TURNS, count = listeners_count();
	struct roster r = {.config = config, .sockets = sockets};

	if (!tables[TURNS - 1].members)
		return;
	r.local = hears_addresses(&r.local_count);
	for (unsigned i = 0; i < count; i++) {
		const struct listener *l = &listeners[i];
		if (listeners_is_known(i))
			sockets[r.socket_count++] = (struct roster_socket){.addr = l->addr,
				.transport = l->transport,
				.any = l->any,
				.dual = l->dual,
				.owner = (uint16_t)i};
	}
	if (!roster_fill(&tables[next], &r, OWN_MAX))
		notices_full(NOTICE_NAMES);
	find_homes(&r);
	atomic_store_explicit(&turn, next, memory_order_release);
}

const struct names *names_now(void)
{
	return &tables[atomic_load_explicit(&turn, memory_order_acquire)];
}

uint32_t names_member_at(const struct addr *a, enum transport t)
{
	for (uint32_t i = 0; i < config->member_count; i++) {
		if (config->members[i].transport == t && addr_equal(&config->members[i].addr, a))
			return i;
	}
	return SELECT_NONE;
}

uint32_t names_member_of_host(const struct addr *a, enum transport t)
{
	for (uint32_t i = 0; i < config->member_count; i++) {
		if (config->members[i].transport == t && addr_same_host(&config->members[i].addr, a))
			return i;
	}
	return SELECT_NONE;
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
