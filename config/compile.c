/* SPDX-License-Identifier: MIT */
/* Routes -> the table of match_table.h. Runs once, at load: sweeps over the sorted prefixes of each
 * family, keeps one candidate list for each set of routes that overlap somewhere, and indexes the
 * edges. Called by the shim's constructor and the tools; no state of its own. */
#include "compile.h"

#include <errno.h>
#include <stdlib.h>

#define LEAF_EDGES 4    /* more edges in one slot get a node of their own */
#define LARGE (1 << 16) /* from here on one slot an edge, for memory; below four, for speed. Of as
			 * many IPv6 edges all nodes have one, for there may be many small ones. */

#define IPV4(...) {.ip = {[10] = 0xff, 0xff, __VA_ARGS__}, .family = AF_INET}
static const struct {
	struct prefix prefix;
	enum list_kind kind;
} special[] = {{{IPV4(0), 128}, LIST_THIS_HOST}, {{IPV4(127), 104}, LIST_LOOPBACK},
	{{IPV4(169, 254), 112}, LIST_LINK_LOCAL}};
#define SPECIAL (sizeof(special) / sizeof(special[0]))

/* An entry is a target, or a member (own address) with its number after all targets, or a special
 * prefix after those. */
static const struct prefix *entry_prefix(const struct config *c, uint32_t e, struct prefix *own)
{
	if (e < c->target_count)
		return &c->targets[e].prefix;
	e -= (uint32_t)c->target_count;
	if (e >= c->member_count)
		return &special[e - c->member_count].prefix;
	*own = (struct prefix){c->members[e].addr, 128};
	return own;
}

static enum list_kind entry_kind(const struct config *c, uint32_t e)
{
	size_t others = c->target_count + c->member_count;
	return e < others ? LIST_COMMON : special[e - others].kind;
}

static bool domains_before(const struct compiler *k, size_t route)
{
	return k->domain_route_count && k->domain_routes[0] < route;
}

static struct candidate entry_candidate(const struct compiler *k, uint32_t e)
{
	const struct config *c = k->c;
	if (e >= c->target_count) {
		const struct member *m = &c->members[e - c->target_count];
		bool datagram = transport_is_datagram((enum transport)m->transport);
		uint8_t own = CONDITION_OWN | CONDITION_EXACT;
		return (struct candidate){.port = m->addr.port,
			.route = NO_ROUTE_NUMBER,
			.conditions = {datagram ? own : CONDITION_NEVER,
				datagram ? CONDITION_NEVER : own},
			.scope = m->addr.scope};
	}
	const struct target *t = &c->targets[e];
	struct conditions on = k->conditions[t->route];
	uint8_t more = t->port || t->prefix.addr.scope ? CONDITION_EXACT : 0;
	if (domains_before(k, t->route))
		more |= CONDITION_DOMAIN;
	return (struct candidate){.port = t->port,
		.route = t->route,
		.conditions = {on.of[0] | more, on.of[1] | more},
		.scope = t->prefix.addr.scope};
}

static int compare_entries(const void *a, const void *b, void *arg)
{
	const struct config *c = arg;
	struct prefix own_p, own_q;
	const struct prefix *p = entry_prefix(c, *(const uint32_t *)a, &own_p);
	const struct prefix *q = entry_prefix(c, *(const uint32_t *)b, &own_q);
	int order = memcmp(p->addr.ip, q->addr.ip, sizeof(p->addr.ip));
	return order ? order : (int)p->bits - (int)q->bits;
}

static int compare_candidates(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	bool own_x = x->route == NO_ROUTE_NUMBER, own_y = y->route == NO_ROUTE_NUMBER;
	if (own_x != own_y)
		return own_x ? -1 : 1;
	if (x->route != y->route)
		return x->route < y->route ? -1 : 1;
	if (x->port != y->port)
		return x->port < y->port ? -1 : 1;
	if (x->scope != y->scope)
		return x->scope < y->scope ? -1 : 1;
	return (int)x->conditions[0] - (int)y->conditions[0];
}

/* Nothing after it can be reached, whatever the socket. */
static bool is_last(const struct candidate *c)
{
	return !((c->conditions[0] | c->conditions[1]) & ~CONDITION_DOMAIN);
}

/* The list for a set of candidates: merged in file order with the routes to anywhere. */
static struct list *make_list(
	struct compiler *k, const struct candidate *set, size_t n, enum list_kind kind)
{
	const uint8_t last =
		CONDITION_END | (domains_before(k, NO_ROUTE_NUMBER) ? CONDITION_DOMAIN : 0);
	const struct candidate end = {.route = NO_ROUTE_NUMBER, .conditions = {last, last}};
	struct candidate *merged = malloc((n + k->anywhere_count + 1) * sizeof(*merged));
	size_t a = 0, s = 0, count = 0;
	bool added;
	if (!merged)
		return NULL;
	while (s < n || a < k->anywhere_count) {
		bool from_set =
			s < n && (a == k->anywhere_count || set[s].route == NO_ROUTE_NUMBER ||
					 set[s].route < k->anywhere[a].route);
		merged[count++] = from_set ? set[s++] : k->anywhere[a++];
		if (is_last(&merged[count - 1]))
			break;
	}
	merged[count++] = end;
	for (size_t i = 0; i < count && (count > 1 || last & CONDITION_DOMAIN); i++)
		merged[i].kind = (uint8_t)kind;
	struct list *list = pool_intern(&k->lists, merged, count, &added);
	free(merged);
	return list;
}

/* Turns scratch into a list; its first candidate is the answer. UINT32_MAX without memory. */
static uint32_t list_of_scratch(struct compiler *k, enum list_kind kind)
{
	size_t n = 0;
	bool added;
	if (k->scratch_count > 1)
		qsort(k->scratch, k->scratch_count, sizeof(*k->scratch), compare_candidates);
	for (size_t i = 0; i < k->scratch_count; i++)
		if (n == 0 || compare_candidates(&k->scratch[n - 1], &k->scratch[i]) != 0)
			k->scratch[n++] = k->scratch[i];
	k->scratch[n] = (struct candidate){.kind = (uint8_t)kind};
	struct list *set = pool_intern(&k->sets, k->scratch, n + 1, &added);
	if (!set)
		return UINT32_MAX;
	if (added) {
		struct list *list = make_list(k, k->scratch, n, kind);
		if (!list)
			return UINT32_MAX;
		set->value = list->first * LIST_STEP;
	}
	return set->value;
}

struct open_entry {
	match_key last;
	uint32_t entry;
};

static bool add_edge(struct compiler *k, struct family *f, match_key key,
	const struct open_entry *stack, size_t depth)
{
	enum list_kind kind = LIST_COMMON;
	k->scratch_count = 0;
	if (!compile_grow(&k->scratch, &k->scratch_room, depth + 1, sizeof(*k->scratch)))
		return false;
	for (size_t i = 0; i < depth; i++) {
		enum list_kind its = entry_kind(k->c, stack[i].entry);
		if (its != LIST_COMMON)
			kind = its;
		else
			k->scratch[k->scratch_count++] = entry_candidate(k, stack[i].entry);
	}
	uint32_t list = list_of_scratch(k, kind);
	if (list == UINT32_MAX)
		return false;
	if (f->edge_count && f->edges[f->edge_count - 1].key == key)
		f->edge_count--;
	if (f->edge_count && f->edges[f->edge_count - 1].list == list)
		return true;
	f->edges[f->edge_count++] = (struct edge6){key, list};
	return true;
}

static match_key family_key(const struct family *f, const uint8_t *ip)
{
	return match_key_of(ip) & f->max;
}

/* Closes what ends before key (everything if !more). Prefixes nest, so the top ends first. */
static bool close_until(struct compiler *k, struct family *f, struct open_entry *stack,
	size_t *depth, match_key key, bool more)
{
	while (*depth && (!more || stack[*depth - 1].last < key)) {
		match_key last = stack[*depth - 1].last;
		while (*depth && stack[*depth - 1].last == last)
			--*depth;
		if (last != f->max && (!more || last + 1 != key) &&
			!add_edge(k, f, last + 1, stack, *depth))
			return false;
	}
	return true;
}

static bool sweep(struct compiler *k, struct family *f, const uint32_t *order, size_t n)
{
	struct open_entry *stack = NULL;
	size_t depth = 0, room = 0;
	bool ok = false;
	f->edges = malloc((2 * n + 1) * sizeof(*f->edges));
	if (!f->edges || !add_edge(k, f, 0, NULL, 0))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct prefix own;
		const struct prefix *p = entry_prefix(k->c, order[i], &own);
		match_key key = family_key(f, p->addr.ip);
		match_key hosts = p->bits ? ~(match_key)0 >> (p->bits - 1) >> 1 : ~(match_key)0;
		if (p->bits == 128)
			hosts = 0;
		if (!close_until(k, f, stack, &depth, key, true) ||
			!compile_grow(&stack, &room, depth + 1, sizeof(*stack)))
			goto out;
		stack[depth++] = (struct open_entry){key | (hosts & f->max), order[i]};
		if (i + 1 < n) {
			p = entry_prefix(k->c, order[i + 1], &own);
			if (family_key(f, p->addr.ip) == key)
				continue;
		}
		if (!add_edge(k, f, key, stack, depth))
			goto out;
	}
	ok = close_until(k, f, stack, &depth, 0, false);
out:
	free(stack);
	return ok;
}

/* Adds a node over the edges first .. last and returns its number, or -1. */
static int64_t add_node(struct family *f, uint32_t first, uint32_t last)
{
	match_key base = f->edges[first].key, span = f->edges[last].key - base;
	uint64_t edges = (uint64_t)last - first + 1;
	bool dense = edges > LARGE || (f->edge_count > LARGE && f->max > UINT32_MAX);
	uint64_t limit = dense ? edges : edges * 4;
	uint32_t shift = 0;
	while (span >> shift >= limit)
		shift++;
	uint64_t count = (uint64_t)(span >> shift) + 1;
	size_t number = f->node_count, slots = f->slot_count;
	if (number >= SLOT_NODE || slots + count >= UINT32_MAX ||
		!compile_grow(&f->nodes, &f->node_room, number + 1, sizeof(*f->nodes)) ||
		!compile_grow(&f->slots, &f->slot_room, slots + count, sizeof(*f->slots)))
		return -1;
	f->nodes[f->node_count++] =
		(struct node6){.base = base, .span = span, .slots = (uint32_t)slots,
		.shift = shift, .before = first ? first - 1 : 0, .last = last};
	f->slot_count += count;
	uint32_t edge = first;
	for (uint64_t s = 0; s < count; s++) {
		uint32_t begin = edge;
		while (edge <= last && (f->edges[edge].key - base) >> shift == s)
			edge++;
		f->slots[slots + s] = edge - 1;
		if (edge - begin > LEAF_EDGES) {
			int64_t child = add_node(f, begin, edge - 1);
			if (child < 0)
				return -1;
			f->slots[slots + s] = (uint32_t)child | SLOT_NODE;
		}
	}
	return (int64_t)number;
}

static bool compile_addresses(struct compiler *k)
{
	const struct config *c = k->c;
	uint32_t *order = malloc((c->target_count + c->member_count + SPECIAL) * sizeof(*order));
	bool ok = order != NULL;
	for (int family = 0; ok && family < 2; family++) {
		struct family *f = &k->families[family];
		size_t n = 0;
		f->max = family ? ~(match_key)0 : UINT32_MAX;
		for (size_t i = 0; i < c->target_count; i++)
			if (c->targets[i].kind == TARGET_PREFIX &&
				family_index(c->targets[i].prefix.addr.family) == family)
				order[n++] = (uint32_t)i;
		for (size_t i = 0; i < c->member_count; i++)
			if (family_index(c->members[i].addr.family) == family)
				order[n++] = (uint32_t)(c->target_count + i);
		for (size_t i = 0; i < SPECIAL; i++)
			if (family_index(special[i].prefix.addr.family) == family)
				order[n++] = (uint32_t)(c->target_count + c->member_count + i);
		qsort_r(order, n, sizeof(*order), compare_entries, (void *)c);
		ok = sweep(k, f, order, n);
		/* Edge 0 is the start of the space; the index begins at the first real one. */
		ok = ok && add_node(f, f->edge_count > 1, f->edge_count - 1) == 0;
	}
	free(order);
	return ok;
}

static int compare_names(const void *a, const void *b, void *arg)
{
	const struct target *x = (const struct target *)arg + *(const uint32_t *)a;
	const struct target *y = (const struct target *)arg + *(const uint32_t *)b;
	if (x->kind != y->kind)
		return (int)x->kind - (int)y->kind;
	int order = strcmp(x->domain, y->domain);
	if (order)
		return order;
	return x->route != y->route ? (int)x->route - (int)y->route : (int)x->port - (int)y->port;
}

static bool compile_domains(struct compiler *k)
{
	const struct config *c = k->c;
	size_t n = 0;
	bool *has = calloc(c->route_count + 1, sizeof(*has));
	k->names = malloc((c->target_count + 1) * sizeof(*k->names));
	k->domains = malloc((c->target_count + 1) * sizeof(*k->domains));
	k->domain_routes = malloc((c->route_count + 1) * sizeof(*k->domain_routes));
	if (!has || !k->names || !k->domains || !k->domain_routes) {
		free(has);
		return false;
	}
	for (size_t i = 0; i < c->target_count; i++) {
		if (c->targets[i].kind == TARGET_PREFIX)
			continue;
		has[c->targets[i].route] = true;
		k->domains[n] = (uint32_t)i;
		k->names[n++] = (uint32_t)i;
	}
	for (size_t r = 0; r < c->route_count; r++)
		if (has[r])
			k->domain_routes[k->domain_route_count++] = (uint16_t)r;
	free(has);
	k->name_target_count = n;
	qsort_r(k->names, n, sizeof(*k->names), compare_names, c->targets);
	return true;
}

static bool compile_conditions(struct compiler *k)
{
	const struct config *c = k->c;
	k->conditions = calloc(c->route_count + 1, sizeof(*k->conditions));
	k->anywhere = calloc(c->route_count + 1, sizeof(*k->anywhere));
	if (!k->conditions || !k->anywhere)
		return false;
	for (size_t i = 0; i < c->route_count; i++) {
		const struct route *r = &c->routes[i];
		uint8_t common = 0;
		if (r->from_count)
			common |= CONDITION_FROM;
		if (r->socket_count)
			common |= CONDITION_SOCKET;
		struct conditions on = {{common, common}};
		if (r->transport != TRANSPORT_NONE)
			on.of[transport_is_datagram((enum transport)r->transport)] |=
				CONDITION_NEVER;
		k->conditions[i] = on;
		if (r->has_to)
			continue;
		uint8_t more = domains_before(k, i) ? CONDITION_DOMAIN : 0;
		k->anywhere[k->anywhere_count++] = (struct candidate){.route = (uint16_t)i,
			.conditions = {on.of[0] | more, on.of[1] | more | CONDITION_SIP_PORT}};
	}
	return true;
}

int match_compile(struct match **m, const struct config *c)
{
	struct compiler k = {.c = c};
	int error = ENOMEM;
	if (c->target_count + c->member_count < UINT32_MAX / 4 && compile_domains(&k) &&
		compile_conditions(&k) && compile_addresses(&k))
		error = table_map(m, &k);
	for (int i = 0; i < 2; i++) {
		free(k.families[i].edges);
		free(k.families[i].nodes);
		free(k.families[i].slots);
	}
	pool_free(&k.sets);
	pool_free(&k.lists);
	free(k.conditions);
	free(k.anywhere);
	free(k.scratch);
	free(k.domain_routes);
	free(k.names);
	free(k.domains);
	return error;
}
