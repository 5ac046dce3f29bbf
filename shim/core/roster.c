/* SPDX-License-Identifier: MIT */
/* From configuration and sockets to names, see roster.h. Called when a listener comes or goes, and
 * when the configuration changes. */
#include "roster.h"

#include "sip/name_prepare.h"

struct filler {
	struct name *own; /* NULL: they are only counted */
	size_t used, room;
	bool fits;
};

static void add(struct filler *f, const struct roster_socket *s, const struct addr *at,
	const char *alias, uint16_t port)
{
	if (!f->own) {
		f->used++;
		return;
	}
	if (f->used == f->room) {
		f->fits = false;
		return;
	}
	struct name *name = &f->own[f->used++];
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

/* What the operator wrote in place of the address, if anything. */
static void set_given(struct name *name, const char *host, uint16_t port)
{
	if (!host)
		return;
	name->given = (struct span){host, strlen(host)};
	name->port_always = port != 0;
	if (port)
		name->port = port;
}

static void fill_members(struct names *n, const struct roster *r)
{
	const struct member *m = r->rules->config.members;

	n->member_count = r->rules->config.member_count;
	n->member_past = r->rules->past_members;
	for (size_t i = 0; !r->members_made && i < n->member_count + n->member_past; i++, m++) {
		n->members[i] = (struct name){.addr = m->addr, .transport = m->transport,
			.owner = m->bond, .port = m->addr.port};
		set_given(&n->members[i], m->as_host, m->as_port);
	}
}

/* Of one address at which a socket hears, or of its own. */
typedef void at_address(struct filler *f, const struct rules *r, const struct roster_socket *s,
	const struct addr *at);

static void add_present(struct filler *f, const struct rules *r, const struct roster_socket *s,
	const struct addr *at)
{
	add_at(f, &r->config, s, at);
}

/* What the socket was called by an alias that there is no more. */
static void add_past(struct filler *f, const struct rules *r, const struct roster_socket *s,
	const struct addr *at)
{
	const struct alias *a = r->config.aliases + r->config.alias_count;

	for (size_t i = 0; i < r->past_aliases; i++, a++) {
		if (is_alias_of(a, s, at, a->listener.transport != TRANSPORT_NONE))
			add_alias(f, s, at, a);
	}
}

static void at_each(struct filler *f, const struct roster *r, at_address *add_names)
{
	for (size_t i = 0; i < r->socket_count; i++) {
		const struct roster_socket *s = &r->sockets[i];
		for (size_t k = 0; k < r->local_count; k++) {
			if (hears(s, &r->local[k]))
				add_names(f, r->rules, s, &r->local[k]);
		}
		if (!s->any)
			add_names(f, r->rules, s, &s->addr);
		else if (add_names == add_present)
			add(f, s, &s->addr, NULL, 0); /* as itself, where an arrival's address is not known */
	}
}

static void add_all_past(struct filler *f, const struct roster *r)
{
	if (r->rules->past_aliases)
		at_each(f, r, add_past);
}

size_t roster_count(const struct roster *r)
{
	struct filler f = {0};

	at_each(&f, r, add_present);
	add_all_past(&f, r);
	return f.used;
}

/* Where a mark decides, a peer whose messages nobody sees must not be able to make one: without a secret it is
 * made by a key that this host alone has. No other node reads it, and none has to: it holds as long as the request
 * that it is in. */
static void fill_mark_keys(struct names *n, const struct rules *rules)
{
	memcpy(n->mark_keys, n->keys, sizeof(n->mark_keys));
	if (rules->marks_all && rules_key_is_common(&n->keys[0]))
		n->mark_keys[0] = rules->proof;
}

bool roster_fill(struct names *n, const struct roster *r, size_t own_room)
{
	const struct rules *rules = r->rules;
	const char *header = rules->config.header;
	struct filler f = {n->own, 0, own_room, true};

	n->local = r->local;
	n->local_count = r->local_count;
	at_each(&f, r, add_present);
	n->own_count = f.used;
	add_all_past(&f, r);
	n->own_past = f.used - n->own_count;
	fill_members(n, r);
	n->key_count = rules->key_count;
	memcpy(n->keys, rules->keys, rules->key_count * sizeof(*n->keys));
	fill_mark_keys(n, rules);
	n->header = header ? (struct span){header, strlen(header)} : (struct span){"", 0};
	if (r->members_made)
		names_prepare_own(n);
	else
		names_prepare(n);
	return f.fits;
}
