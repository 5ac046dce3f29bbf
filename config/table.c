/* SPDX-License-Identifier: MIT */
/* The compiled routes in their final form: one mapping, read-only, which forked processes share.
 * Part of match_compile(). */
#include "compile.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "match_names.h"
#include "match_parts.h"

/* Hands out parts of the mapping; with base NULL only counts. */
struct carve {
	char *base;
	size_t used;
};

static void *take(struct carve *at, size_t count, size_t size)
{
	at->used = (at->used + 15) & ~(size_t)15;
	void *p = at->base ? at->base + at->used : NULL;
	at->used += count * size;
	return p;
}

static void *take_part(struct match *m, struct carve *at, enum match_part part, size_t count)
{
	void *p = take(at, count, match_part_size(part));
	m->counts[part] = (uint32_t)count;
	match_part_set(m, part, p);
	return p;
}

static void put_part(
	struct match *m, struct carve *at, enum match_part part, const void *from, size_t count)
{
	void *p = take_part(m, at, part, count);
	if (p && count)
		memcpy(p, from, count * match_part_size(part));
}

static bool same_name_as_before(const struct target *t, const uint32_t *names, size_t i)
{
	return i > 0 && t[names[i]].kind == t[names[i - 1]].kind &&
	       strcmp(t[names[i]].domain, t[names[i - 1]].domain) == 0;
}

static int compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

static uint32_t domain_number(const struct compiler *k, uint32_t target)
{
	const uint32_t *found = bsearch(&target, k->domains, k->name_target_count, sizeof(target),
		compare_numbers);
	return found ? (uint32_t)(found - k->domains) : 0;
}

static void put_domains(struct match *m, struct carve *at, const struct compiler *k)
{
	struct domain_target *domains = take_part(m, at, MATCH_DOMAINS, k->name_target_count);
	m->domain_count = (uint32_t)k->name_target_count;
	for (size_t i = 0; domains && i < k->name_target_count; i++) {
		const struct target *t = &k->c->targets[k->domains[i]];
		domains[i] = (struct domain_target){.route = t->route, .port = t->port,
			.wildcard = t->kind == TARGET_WILDCARD};
	}
}

static void put_names(struct match *m, struct carve *at, const struct compiler *k)
{
	const struct target *targets = k->c->targets;
	size_t names = 0, text = 0, slots = 1;
	for (size_t i = 0; i < k->name_target_count; i++)
		if (!same_name_as_before(targets, k->names, i)) {
			names++;
			text += strlen(targets[k->names[i]].domain);
		}
	while (slots < names * 2 + 1)
		slots *= 2;
	struct domain_name *name = take_part(m, at, MATCH_NAMES, names);
	struct name_route *route = take_part(m, at, MATCH_NAME_ROUTES, k->name_target_count);
	uint32_t *slot = take_part(m, at, MATCH_NAME_SLOTS, slots);
	char *copy = take_part(m, at, MATCH_TEXT, text);
	if (!at->base)
		return;
	m->name_mask = (uint32_t)slots - 1;
	m->name_count = (uint32_t)names;
	names = text = 0;
	for (size_t i = 0; i < k->name_target_count; i++) {
		const struct target *t = &targets[k->names[i]];
		route[i] = (struct name_route){t->route, t->port, domain_number(k, k->names[i])};
		if (same_name_as_before(targets, k->names, i)) {
			name[names - 1].count++;
			continue;
		}
		size_t length = strlen(t->domain);
		name[names++] = (struct domain_name){.text = (uint32_t)text,
			.first = (uint32_t)i,
			.count = 1,
			.kind = t->kind,
			.length = (uint8_t)length};
		memcpy(copy + text, t->domain, length);
		text += length;
		uint32_t s = match_names_hash(t->domain, length, t->kind) & m->name_mask;
		while (slot[s])
			s = (s + 1) & m->name_mask;
		slot[s] = (uint32_t)names;
	}
}

static struct node4 narrow(const struct node6 *n)
{
	return (struct node4){
		(uint32_t)n->base, (uint32_t)n->span, n->slots, n->shift, n->before, n->last};
}

static void put_family4(struct match *m, struct carve *at, const struct family *f)
{
	struct edge4 *edges = take_part(m, at, MATCH_EDGES4, f->edge_count);
	struct node4 *nodes = take_part(m, at, MATCH_NODES4, f->node_count);
	put_part(m, at, MATCH_SLOTS4, f->slots, f->slot_count);
	if (!at->base)
		return;
	for (size_t i = 0; i < f->edge_count; i++)
		edges[i] = (struct edge4){(uint32_t)f->edges[i].key, f->edges[i].list};
	for (size_t i = 0; i < f->node_count; i++)
		nodes[i] = narrow(&f->nodes[i]);
	m->root4 = nodes[0];
}

static void put_family6(struct match *m, struct carve *at, const struct family *f)
{
	put_part(m, at, MATCH_EDGES6, f->edges, f->edge_count);
	put_part(m, at, MATCH_NODES6, f->nodes, f->node_count);
	put_part(m, at, MATCH_SLOTS6, f->slots, f->slot_count);
	if (at->base)
		m->root6 = m->nodes6[0];
}

/* Writes everything to at; the result is only counted while at->base is NULL. */
static void put_all(struct match *m, struct carve *at, const struct compiler *k)
{
	const struct config *c = k->c;
	take(at, 1, sizeof(*m));
	int32_t *octets = take_part(m, at, MATCH_OCTETS, octets_count(&k->families[0]));
	if (octets)
		octets_fill(&k->families[0], octets);
	m->config = c;
	m->lists_end = (uint32_t)k->lists.count * LIST_STEP;
	put_part(m, at, MATCH_LISTS, k->lists.items, k->lists.count);
	put_family4(m, at, &k->families[0]);
	put_part(m, at, MATCH_CONDITIONS, k->conditions, c->route_count);
	put_part(m, at, MATCH_DOMAIN_ROUTES, k->domain_routes, k->domain_route_count);
	m->domain_route_count = k->domain_route_count;
	uint8_t *ports = take_part(m, at, MATCH_SIP_PORTS, MATCH_SIP_PORTS_BYTES);
	for (size_t i = 0; ports && i < c->sip_port_count; i++)
		ports[c->sip_ports[i] / 8] |= (uint8_t)(1 << c->sip_ports[i] % 8);
	put_names(m, at, k);
	put_domains(m, at, k);
	put_family6(m, at, &k->families[1]);
}

int table_map(struct match **out, const struct compiler *k)
{
	struct match counted = {0};
	struct carve at = {0};
	put_all(&counted, &at, k);
	void *base =
		mmap(NULL, at.used, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (base == MAP_FAILED)
		return ENOMEM;
	struct match *m = base;
	m->size = at.used;
	at = (struct carve){base, 0};
	put_all(m, &at, k);
	mprotect(base, m->size, PROT_READ);
	*out = m;
	return 0;
}
