/* SPDX-License-Identifier: MIT */
/* Works out of a configuration what decisions ask for again and again. */
#include "rules.h"

#include <errno.h>

#include "config/match_table.h"
#include "config/select.h"

size_t rules_keys(const struct config *c, struct prf_key *keys)
{
	if (!c->secret_count)
		prf_key(&keys[0], "", 0);
	for (size_t i = 0; i < c->secret_count; i++)
		prf_key(&keys[i], c->secrets[i], strlen(c->secrets[i]));
	return c->secret_count ? c->secret_count : 1;
}

bool rules_key_is_common(const struct prf_key *key)
{
	struct prf_key common;

	prf_key(&common, "", 0);
	return memcmp(key, &common, sizeof(common)) == 0;
}

void rules_set_flags(struct rules *r)
{
	const struct config *c = &r->config;

	if (!c->member_count)
		return;
	r->edits = !c->headers_keep;
	for (size_t i = 0; i < c->member_count; i++) {
		enum transport t = (enum transport)c->members[i].transport;
		r->opens |= c->members[i].open;
		r->tls |= transport_is_secure(t);
		r->websockets |= t == TRANSPORT_WS || t == TRANSPORT_WSS;
	}
	r->marks_all = c->header != NULL;
	for (size_t i = 0; i < c->route_count; i++) {
		r->marks_all |= c->routes[i].from_count > 0;
		r->connections_from |=
			c->routes[i].from_count && c->routes[i].transport != TRANSPORT_UDP;
	}
	r->marks = r->edits || r->marks_all;
}

int rules_make(struct rules *r)
{
	struct match *match;

	if (match_compile(&match, &r->config) != 0)
		return ENOMEM;
	r->match = match;
	r->generation = 1;
	r->key_count = rules_keys(&r->config, r->keys);
	config_drop_prefixes(&r->config);
	rules_set_flags(r);
	return 0;
}

uint16_t rules_called(const struct member *m)
{
	uint32_t hash = HASH_START ^ m->as_port;

	for (const char *s = m->as_host; s && *s; s++)
		hash = (hash ^ ((unsigned char)*s | 32)) * 16777619;
	return m->as_host ? (uint16_t)(hash >> 16 ^ hash) | 1 : 0;
}

uint16_t rules_key_print(const struct prf_key *key)
{
	return (uint16_t)(prf(key, "print", 5) >> 48);
}

uint8_t rules_key_of_print(const struct rules *r, uint16_t print)
{
	return r->key_count > 1 && print != rules_key_print(&r->keys[0]) && print == rules_key_print(&r->keys[1]);
}

uint16_t rules_bond_of_slot(const struct rules *r, uint32_t slot)
{
	for (size_t i = 0; i < r->config.bond_count; i++) {
		if (r->config.bonds[i].slot == slot)
			return (uint16_t)i;
	}
	return MODEL_NONE;
}

uint32_t rules_member_at(const struct rules *r, const struct addr *a, enum transport t)
{
	const struct config *c = &r->config;

	for (uint32_t i = 0; i < c->member_count; i++) {
		if (c->members[i].transport == t && addr_equal(&c->members[i].addr, a))
			return i;
	}
	return SELECT_NONE;
}

uint32_t rules_member_of_host(const struct rules *r, const struct addr *a, enum transport t)
{
	const struct config *c = &r->config;

	for (uint32_t i = 0; i < c->member_count; i++) {
		if (c->members[i].transport == t && addr_same_host(&c->members[i].addr, a))
			return i;
	}
	return SELECT_NONE;
}

/* The stream transport whose own port that is, tcp aside, or TRANSPORT_NONE. */
static enum transport of_port(uint16_t port)
{
	for (enum transport t = TRANSPORT_TLS; t <= TRANSPORT_WSS; t++) {
		if (transport_default_port(t) == port)
			return t;
	}
	return TRANSPORT_NONE;
}

static bool is_listed(const struct config *c, uint16_t port)
{
	for (size_t i = 0; i < c->sip_port_count; i++) {
		if (c->sip_ports[i] == port)
			return true;
	}
	return false;
}

bool rules_speak_tcp(const struct rules *r, const struct addr *a)
{
	const struct config *c = &r->config;

	for (size_t i = 0; i < c->member_count; i++) {
		const struct member *m = &c->members[i];
		if (m->transport != TRANSPORT_UDP && addr_equal(&m->addr, a))
			return m->transport == TRANSPORT_TCP;
	}
	for (size_t i = 0; i < c->route_count; i++) {
		for (size_t j = 0; j < c->routes[i].socket_count; j++) {
			const struct socket_name *s = &c->routes[i].sockets[j];
			if (s->transport != TRANSPORT_UDP && addr_equal(&s->addr, a))
				return s->transport == TRANSPORT_TCP;
		}
	}
	return of_port(a->port) == TRANSPORT_NONE && is_listed(c, a->port);
}

bool rules_is_sip_port(const struct rules *r, uint16_t port)
{
	const struct config *c = &r->config;

	if (is_listed(c, port))
		return true;
	for (size_t i = 0; i < c->member_count; i++) {
		if (c->members[i].addr.port == port)
			return true;
	}
	for (size_t i = 0; i < c->route_count; i++) {
		for (size_t j = 0; j < c->routes[i].socket_count; j++) {
			if (c->routes[i].sockets[j].addr.port == port)
				return true;
		}
	}
	return false;
}

/* By another name of the host's or a route's `socket` than a member's; TRANSPORT_NONE: by none. */
static enum transport named_transport(const struct config *c, const struct addr *a)
{
	for (size_t i = 0; i < c->route_count; i++) {
		for (size_t j = 0; j < c->routes[i].socket_count; j++) {
			const struct socket_name *s = &c->routes[i].sockets[j];
			if (s->transport != TRANSPORT_UDP && addr_equal(&s->addr, a))
				return (enum transport)s->transport;
		}
	}
	for (size_t i = 0; i < c->alias_count; i++) {
		const struct socket_name *s = &c->aliases[i].listener;
		if (s->transport != TRANSPORT_NONE && s->transport != TRANSPORT_UDP && addr_equal(&s->addr, a))
			return (enum transport)s->transport;
	}
	return TRANSPORT_NONE;
}

/* By an opened member that it hears, which speaks as it does. */
static enum transport opened_transport(const struct config *c, const struct addr *a)
{
	for (size_t i = 0; i < c->member_count; i++) {
		const struct member *m = &c->members[i];
		if (m->open && m->transport != TRANSPORT_UDP && m->addr.port == a->port &&
			m->addr.family == a->family)
			return (enum transport)m->transport;
	}
	return TRANSPORT_NONE;
}

enum transport rules_listener_transport(const struct rules *r, const struct addr *a)
{
	const struct config *c = &r->config;
	enum transport t;

	for (size_t i = 0; i < c->member_count; i++) {
		const struct member *m = &c->members[i];
		if (m->transport != TRANSPORT_UDP && m->addr.port == a->port &&
			(addr_same_host(&m->addr, a) || addr_is_any(a)))
			return (enum transport)m->transport;
	}
	if ((t = named_transport(c, a)) != TRANSPORT_NONE || (t = opened_transport(c, a)) != TRANSPORT_NONE)
		return t;
	t = of_port(a->port);
	return t == TRANSPORT_NONE ? TRANSPORT_TCP : t;
}
