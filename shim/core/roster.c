/* SPDX-License-Identifier: MIT */
/* From configuration and sockets to names, see roster.h. Called when a listener comes or goes, and
 * when the configuration changes. */
#include "roster.h"

#include "sip/name_prepare.h"

struct filler {
	struct names *n;
	size_t room;
	bool fits;
};

static void add(struct filler *f, const struct roster_socket *s, const struct addr *at,
	const char *alias, uint16_t port)
{
	if (f->n->own_count == f->room) {
		f->fits = false;
		return;
	}
	struct name *name = &f->n->own[f->n->own_count++];
	*name = (struct name){.addr = *at, .transport = s->transport, .owner = s->owner};
	name->addr.port = s->addr.port;
	name->port = port ? port : s->addr.port;
	if (alias)
		name->given = (struct span){alias, strlen(alias)};
}

/* An alias without a port is written with that of its listener or without any. */
static void add_alias(struct filler *f, const struct roster_socket *s, const struct addr *at,
	const struct alias *alias)
{
	uint16_t default_port = transport_default_port((enum transport)s->transport);

	add(f, s, at, alias->name, alias->port);
	if (!alias->port && default_port != s->addr.port)
		add(f, s, at, alias->name, default_port);
}

static bool hears(const struct roster_socket *s, const struct addr *local)
{
	return s->any && (local->family == s->addr.family || s->dual);
}

/* Whether the alias names this socket at that address: said so, or by its port. */
static bool is_alias_of(const struct alias *alias, const struct roster_socket *s,
	const struct addr *at, bool said)
{
	const struct socket_name *l = &alias->listener;
	uint16_t default_port = transport_default_port((enum transport)s->transport);

	if (said != (l->transport != TRANSPORT_NONE))
		return false;
	if (!said)
		return (alias->port ? alias->port : default_port) == s->addr.port;
	return l->transport == s->transport && l->addr.port == s->addr.port &&
		(addr_same_host(&l->addr, at) || addr_same_host(&l->addr, &s->addr));
}

/* All names of a socket at one address. An alias that was given to it is what the host calls it. */
static void add_at(struct filler *f, const struct config *c, const struct roster_socket *s,
	const struct addr *at)
{
	for (size_t i = 0; i < c->alias_count; i++) {
		if (is_alias_of(&c->aliases[i], s, at, true))
			add_alias(f, s, at, &c->aliases[i]);
	}
	if (!addr_is_any(at))
		add(f, s, at, NULL, 0);
	for (size_t i = 0; i < c->alias_count; i++) {
		if (is_alias_of(&c->aliases[i], s, at, false))
			add_alias(f, s, at, &c->aliases[i]);
	}
}

static void fill_members(struct names *n, const struct config *c)
{
	n->member_count = c->member_count;
	for (size_t i = 0; i < c->member_count; i++) {
		const struct member *m = &c->members[i];
		n->members[i] = (struct name){.addr = m->addr, .transport = m->transport,
			.owner = m->bond, .port = m->addr.port};
		if (!m->as_host)
			continue;
		n->members[i].given = (struct span){m->as_host, strlen(m->as_host)};
		n->members[i].port_always = m->as_port != 0;
		if (m->as_port)
			n->members[i].port = m->as_port;
	}
}

bool roster_fill(struct names *n, const struct roster *r, size_t own_room)
{
	const struct config *c = r->config;
	struct filler f = {n, own_room, true};

	n->own_count = 0;
	n->local = r->local;
	n->local_count = r->local_count;
	for (size_t i = 0; i < r->socket_count; i++) {
		const struct roster_socket *s = &r->sockets[i];
		for (size_t k = 0; k < r->local_count; k++) {
			if (hears(s, &r->local[k]))
				add_at(&f, c, s, &r->local[k]);
		}
		if (!s->any)
			add_at(&f, c, s, &s->addr);
		else
			add(&f, s, &s->addr, NULL, 0); /* as itself, where an arrival's address is not known */
	}
	fill_members(n, c);
	n->key_count = r->key_count;
	memcpy(n->keys, r->keys, r->key_count * sizeof(*n->keys));
	n->header = c->header ? (struct span){c->header, strlen(c->header)} : (struct span){"", 0};
	names_prepare(n);
	return f.fits;
}
