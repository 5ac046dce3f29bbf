/* SPDX-License-Identifier: MIT */
/* Fills the names from the configuration and the listeners. Tables take turns, so that a send that
 * another thread began with the last one can end with it. */
#include "identity.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "../config/select.h"
#include "listeners.h"
#include "notices.h"
#include "own.h"
#include "shared.h"
#include "sip/roster.h"

#define TURNS 4
#define OWN_MAX 8192 /* a wildcard listener has one for each local address and alias */

bool identity_edits, identity_marks, identity_marks_all;

static const struct config *config;
static struct name own[TURNS][OWN_MAX];
static struct names tables[TURNS];
static _Atomic unsigned turn;

void identity_init(const struct config *c)
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
	identity_edits = !c->headers_keep;
	identity_marks_all = c->header != NULL;
	for (size_t i = 0; i < c->route_count; i++)
		identity_marks_all |= c->routes[i].from_count > 0;
	identity_marks = identity_edits || identity_marks_all;
	identity_changed();
}

void identity_changed(void)
{
	static struct roster_socket sockets[LISTENERS_MAX];
	unsigned next = (atomic_load(&turn) + 1) % TURNS, count = listeners_count();
	struct roster r = {.config = config, .sockets = sockets};

	if (!tables[TURNS - 1].members)
		return;
	r.local = own_addresses(&r.local_count);
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
	atomic_store_explicit(&turn, next, memory_order_release);
}

const struct names *identity(void)
{
	return &tables[atomic_load_explicit(&turn, memory_order_acquire)];
}

uint32_t identity_member_at(const struct addr *a, enum transport t)
{
	for (uint32_t i = 0; i < config->member_count; i++) {
		if (config->members[i].transport == t && addr_equal(&config->members[i].addr, a))
			return i;
	}
	return SELECT_NONE;
}

uint32_t identity_member_of_host(const struct addr *a, enum transport t)
{
	for (uint32_t i = 0; i < config->member_count; i++) {
		if (config->members[i].transport == t && addr_same_host(&config->members[i].addr, a))
			return i;
	}
	return SELECT_NONE;
}

const struct name *identity_name_at(const struct names *n, const struct addr *a, enum transport t)
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
