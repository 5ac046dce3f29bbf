/* SPDX-License-Identifier: MIT */
/* Fills the names from the configuration and the listeners. Tables take turns, so that a send that
 * another thread began with the last one can end with it. */
#include "identity.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "../config/select.h"
#include "listeners.h"
#include "own.h"

#define TURNS 4
#define OWN_MAX 1024

/* Used where the operator gave no secret: tokens can then be guessed, and bondctl check says so. */
#define DEFAULT_SECRET "libbond"

bool identity_edits, identity_marks, identity_marks_all;

static const struct config *config;
static struct name *members;
static struct name own[TURNS][OWN_MAX];
static struct names tables[TURNS];
static struct prf_key keys[2];
static size_t key_count;
static struct span header;
static _Atomic unsigned turn;

static struct span text(const char *s)
{
	return (struct span){s, s ? strlen(s) : 0};
}

/* Any secret becomes a key of the size that the hash needs. */
static struct prf_key key_of(const char *secret)
{
	static const struct prf_key fixed[2] = {{{0x6c6962626f6e6431, 1}}, {{0x6c6962626f6e6432, 2}}};
	size_t n = strlen(secret);

	return (struct prf_key){{prf(&fixed[0], secret, n), prf(&fixed[1], secret, n)}};
}

static void fill_members(void)
{
	for (size_t i = 0; i < config->member_count; i++) {
		const struct member *m = &config->members[i];
		members[i] = (struct name){.addr = m->addr,
			.transport = m->transport,
			.port_always = m->as_port != 0,
			.owner = m->bond,
			.port = m->as_port ? m->as_port : m->addr.port,
			.given = text(m->as_host)};
	}
}

void identity_init(const struct config *c)
{
	config = c;
	members = c->member_count ? calloc(c->member_count, sizeof(*members)) : NULL;
	if (!members)
		return;
	fill_members();
	for (size_t i = 0; i < c->secret_count; i++)
		keys[i] = key_of(c->secrets[i]);
	key_count = c->secret_count;
	if (!key_count)
		keys[key_count++] = key_of(DEFAULT_SECRET);
	header = text(c->header);
	identity_edits = !c->headers_keep;
	identity_marks_all = c->header != NULL;
	for (size_t i = 0; i < c->route_count; i++)
		identity_marks_all |= c->routes[i].from_count > 0;
	identity_marks = identity_edits || identity_marks_all;
	identity_changed();
}

static void add(struct names *n, const struct listener *l, const struct addr *a, struct span given,
	uint16_t port)
{
	if (n->own_count == OWN_MAX)
		return;
	n->own[n->own_count++] = (struct name){.addr = *a,
		.transport = l->transport,
		.owner = (uint16_t)(l - listeners),
		.port = port ? port : a->port,
		.given = given};
}

static void add_addresses(struct names *n, const struct listener *l)
{
	struct addr a;

	for (size_t i = 0; l->any && own_local(i, &a); i++) {
		if (a.family != l->addr.family && !(l->dual && a.family == AF_INET))
			continue;
		a.port = l->addr.port;
		add(n, l, &a, (struct span){NULL, 0}, 0);
	}
	add(n, l, &l->addr, (struct span){NULL, 0}, 0);
}

/* Behind the addresses: a listener's first name is the one that the host uses. */
static void add_aliases(struct names *n, const struct listener *l)
{
	for (size_t i = 0; i < config->alias_count; i++) {
		const struct alias *alias = &config->aliases[i];
		const struct socket_name *s = &alias->listener;
		uint16_t port = alias->port ? alias->port : l->addr.port;
		bool named = s->transport != TRANSPORT_NONE;
		if (named ? s->transport != l->transport || !addr_equal(&s->addr, &l->addr)
			  : alias->port && alias->port != l->addr.port)
			continue;
		add(n, l, &l->addr, text(alias->name), port);
	}
}

void identity_changed(void)
{
	if (!members)
		return;
	unsigned next = (atomic_load(&turn) + 1) % TURNS;
	struct names *n = &tables[next];
	unsigned count = listeners_count();

	*n = (struct names){.own = own[next],
		.members = members,
		.member_count = config->member_count,
		.keys = {keys[0], keys[1]},
		.key_count = key_count,
		.header = header};
	for (unsigned i = 0; i < count; i++) {
		if (listeners_is_known(i))
			add_addresses(n, &listeners[i]);
	}
	for (unsigned i = 0; i < count; i++) {
		if (listeners_is_known(i))
			add_aliases(n, &listeners[i]);
	}
	names_prepare(n);
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
