/* SPDX-License-Identifier: MIT */
/* The configuration still has its prefixes here: match.h numbers only the domains. */
#include "dns_view.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "explain_uri.h"
#include "dns/learn.h"
#include "dns/resolver.h"
#include "dns/targets.h"
#include "dns/table_domains.h"
#include "dns/table_memory.h"
#include "dns/table_write.h"
#include "config/terminal.h"
#include "config/select.h"

/* Steps until each domain was looked up once. */
static void run_once(struct resolver *r, const struct dns_io *io, size_t domains)
{
	struct pollfd fds[RESOLVER_SOCKETS_MAX];
	int count = 0;
	while (resolver_step(r, fds, count), resolver_lookups(r) < domains) {
		count = resolver_sockets(r, fds, RESOLVER_SOCKETS_MAX);
		if (io->poll(fds, (nfds_t)count, resolver_wait(r)) <= 0)
			count = 0;
	}
}

static int make_table(struct dns_view *v, const struct config *c)
{
	uint32_t domains, addresses;
	targets_room(c, &domains, &addresses);
	size_t size = table_size(domains, addresses);
	v->area = aligned_alloc(64, size);
	v->numbers = calloc(c->target_count, sizeof(*v->numbers));
	if (!v->area || !v->numbers)
		return ENOMEM;
	memset(v->area, 0, size);
	int error = table_format(v->area, size, domains, addresses);
	return error ? error : table_attach(&v->table, v->area, size);
}

static bool has_domains(const struct config *c)
{
	for (size_t i = 0; i < c->target_count; i++)
		if (c->targets[i].kind != TARGET_PREFIX)
			return true;
	return false;
}

int dns_view_ask(struct dns_view *v, const struct config *c, const struct dns_io *io)
{
	struct resolver *r;
	struct resolver_setup s = {.config = c, .table = &v->table, .io = io};
	*v = (struct dns_view){.on = false, .config = c};
	if (!has_domains(c))
		return 0;
	int error = make_table(v, c);
	if (error == 0)
		targets_register(&v->table, c, v->numbers);
	if (error == 0)
		error = resolver_open(&r, &s);
	if (error) {
		dns_view_free(v);
		return error;
	}
	run_once(r, io, resolver_domains(r));
	resolver_close(r);
	v->on = true;
	return 0;
}

int dns_view_take(struct dns_view *v, const struct config *c, const struct running *host)
{
	char name[ANSWER_NAME_MAX];
	*v = (struct dns_view){.host = host, .config = c};
	if (!has_domains(c))
		return 0;
	v->numbers = calloc(c->target_count, sizeof(*v->numbers));
	if (!v->numbers)
		return ENOMEM;
	for (size_t i = 0; i < c->target_count; i++) {
		const struct target *t = &c->targets[i];
		v->numbers[i] = MODEL_NONE;
		if (t->kind == TARGET_PREFIX)
			continue;
		if (host->has_table && answer_name(name, t->domain, strlen(t->domain)) == 0 &&
			table_domain_find(&host->table, name, t->port, t->kind == TARGET_WILDCARD,
				&v->numbers[i]) == 0)
			continue;
		terminal_printf(stderr, "bondctl: %s:%u: %d does not look up %s: the name in a request decides\n",
			c->file, t->place.line, (int)host->pid, t->domain);
	}
	if (host->has_table)
		v->table = host->table;
	v->on = host->has_table;
	return 0;
}

void dns_view_learn(struct dns_view *v, const struct explain_target *t)
{
	char name[ANSWER_NAME_MAX], srv[ANSWER_NAME_MAX];
	uint32_t now = learn_now();
	if (!v->on || v->host || answer_name(name, t->host, strlen(t->host)))
		return;
	if (!t->srv) {
		table_learn_address(&v->table, name, &t->addr, now);
	} else if (answer_name(srv, t->srv, strlen(t->srv)) == 0) {
		struct dns_name n = {srv, t->addr.port, (uint8_t)t->transport};
		table_learn_name(&v->table, name, &n, now);
		table_learn_address(&v->table, srv, &t->addr, now);
	}
}

static bool has(const struct dns_view *v, size_t target, const struct table_hit *hit)
{
	for (unsigned i = 0; v->numbers[target] != MODEL_NONE && i < hit->count; i++)
		if (hit->domains[i] == v->numbers[target])
			return true;
	return false;
}

bool dns_view_has(const struct dns_view *v, size_t target, const struct addr *dst)
{
	struct table_hit hit;
	return v->on && table_lookup(&v->table, dst, &hit) && has(v, target, &hit);
}

uint8_t dns_view_state(const struct dns_view *v, size_t target)
{
	if (!v->on)
		return TABLE_UNKNOWN;
	if (v->numbers[target] == MODEL_NONE) /* a running host does not know it, or has no room */
		return v->host ? TABLE_UNKNOWN : TABLE_FULL;
	return table_state(&v->table, v->numbers[target]);
}

bool dns_view_waits(const struct dns_view *v, const struct config *c, size_t target)
{
	return c->targets[target].kind == TARGET_DOMAIN &&
	       table_state_waits(dns_view_state(v, target));
}

static bool waits(const void *ctx, uint32_t domain)
{
	const struct dns_view *v = ctx;
	const struct config *c = v->config;
	for (size_t i = 0; i < c->target_count; i++)
		if (c->targets[i].kind != TARGET_PREFIX && domain-- == 0)
			return dns_view_waits(v, c, i);
	return false;
}

const struct match_facts *dns_view_facts(const struct dns_view *v, const struct config *c,
	const struct addr *dst, struct match_facts *room)
{
	uint32_t domain = 0;
	struct table_hit hit;
	if (!v->on)
		return NULL;
	if (!table_lookup(&v->table, dst, &hit))
		hit.count = 0;
	*room = (struct match_facts){.settled = true, .waits = waits, .ctx = v};
	for (size_t i = 0; i < c->target_count; i++) {
		if (c->targets[i].kind == TARGET_PREFIX)
			continue;
		if (c->targets[i].kind == TARGET_WILDCARD || dns_view_waits(v, c, i))
			room->settled = false;
		if (has(v, i, &hit)) {
			if (room->count < MATCH_FACTS_MAX)
				room->domains[room->count++] = domain;
			else
				room->more = true;
		}
		domain++;
	}
	return room;
}

/* A route whose domains are looked for. */
struct owner {
	const struct dns_view *v;
	const struct config *c;
	const struct route *r;
};

static bool names_domain(const void *ctx, uint16_t number)
{
	const struct owner *o = ctx;
	for (size_t i = 0; o->r && i < o->c->target_count; i++)
		if (o->c->targets[i].kind != TARGET_PREFIX && o->v->numbers[i] == number &&
			&o->c->routes[o->c->targets[i].route] == o->r)
			return true;
	return false;
}

static bool is_named(const void *ctx, uint16_t number)
{
	const struct owner *o = ctx;
	for (size_t i = 0; i < o->c->target_count; i++)
		if (o->c->targets[i].kind != TARGET_PREFIX && o->v->numbers[i] == number)
			return true;
	return false;
}

enum transport dns_view_stream_transport(const struct dns_view *v, const struct config *c,
	const struct route *r, const struct addr *dst)
{
	enum transport by_port = select_stream_transport(r, dst);
	const struct owner owner = {v, c, r};
	const struct table_whose whose = {names_domain, &owner, is_named};
	if (!v->on || (r && r->transport != TRANSPORT_NONE))
		return by_port;
	return table_stream_transport(&v->table, by_port, dst, &whose);
}

void dns_view_free(struct dns_view *v)
{
	free(v->area);
	free(v->numbers);
	*v = (struct dns_view){.on = false};
}
