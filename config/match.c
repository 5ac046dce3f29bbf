/* SPDX-License-Identifier: MIT */
/* The compiled routes: per address family the sorted edges where the list of routes changes, found
 * through a tree of index nodes; a hash of domains; all in one read-only mapping that forked
 * processes share. match_route() runs on every send: PURE, async-signal-safe. */
#include "match.h"

#include <sys/mman.h>

#include "match_table.h"

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

enum holds { HOLDS_NOT, HOLDS, HOLDS_UNKNOWN };

/* One step down the tree for both key widths: the list of the last edge at or below the key, or
 * false and the number of a node. Most often the first step settles it. */
#define STEP_DOWN(width, key_type)                                                                 \
	static inline bool step##width(const struct node##width *node, const uint32_t *slots,      \
		const struct edge##width *edges, key_type key, uint32_t *found)                    \
	{                                                                                          \
		key_type offset = key - node->base;                                                \
		if (unlikely(offset > node->span)) {                                               \
			*found = edges[key < node->base ? node->before : node->last].list;         \
			return true;                                                               \
		}                                                                                  \
		uint32_t slot = slots[offset >> node->shift];                                      \
		if (unlikely(slot & SLOT_NODE)) {                                                  \
			*found = slot & ~SLOT_NODE;                                                \
			return false;                                                              \
		}                                                                                  \
		const struct edge##width *edge = edges + slot;                                     \
		while (edge->key > key)                                                            \
			edge--;                                                                    \
		*found = edge->list;                                                               \
		return true;                                                                       \
	}
STEP_DOWN(4, uint32_t)
STEP_DOWN(6, match_key)

static inline bool sip_port(const struct match *m, uint16_t port)
{
	return m->sip_ports[port / 8] >> port % 8 & 1;
}

static bool socket_listed(const struct route *r, const struct question *q)
{
	for (size_t i = 0; i < r->socket_count; i++)
		if (r->sockets[i].transport == q->socket_transport &&
			addr_equal(&r->sockets[i].addr, q->socket))
			return true;
	return false;
}

static bool from_listed(const struct route *r, const struct question *q)
{
	for (size_t i = 0; i < r->from_count; i++) {
		for (size_t j = 0; j < q->from_count; j++) {
			if (r->from[i] == q->from[j])
				return true;
		}
	}
	return false;
}

/* The conditions of a route besides `to`. A false one outweighs an unknown one. */
static enum holds conditions_hold(
	const struct match *m, uint16_t route, uint8_t conditions, const struct question *q)
{
	if (conditions & CONDITION_NEVER)
		return HOLDS_NOT;
	if (conditions & CONDITION_SIP_PORT && !sip_port(m, q->dst->port))
		return HOLDS_NOT;
	if (conditions & CONDITION_SOCKET && q->socket &&
		!socket_listed(&m->config->routes[route], q))
		return HOLDS_NOT;
	if (conditions & CONDITION_SOCKET && !q->socket)
		return q->probe ? HOLDS_UNKNOWN : HOLDS_NOT;
	if (!(conditions & CONDITION_FROM))
		return HOLDS;
	if (!q->from_known)
		return HOLDS_UNKNOWN;
	return from_listed(&m->config->routes[route], q) ? HOLDS : HOLDS_NOT;
}

/* FNV-1a from the last character to the first, so that the hash of each suffix is passed on the
 * way; without case. */
static inline uint32_t hash_step(uint32_t hash, char ch)
{
	uint8_t lower = (uint8_t)(ch >= 'A' && ch <= 'Z' ? ch + 32 : ch);
	return (hash ^ lower) * 16777619;
}

uint32_t match_hash(const char *s, size_t n, uint8_t kind)
{
	uint32_t hash = HASH_START;
	while (n)
		hash = hash_step(hash, s[--n]);
	return hash_step(hash, kind == TARGET_WILDCARD ? '*' : '.');
}

static bool same_name(const char *lower, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (lower[i] != text[i] &&
			lower[i] != (text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 32 : text[i]))
			return false;
	return true;
}

static const struct domain_name *find_name(
	const struct match *m, uint32_t hash, const char *s, size_t n, uint8_t kind)
{
	hash = hash_step(hash, kind == TARGET_WILDCARD ? '*' : '.');
	for (uint32_t i = hash & m->name_mask; m->name_slots[i]; i = (i + 1) & m->name_mask) {
		const struct domain_name *name = &m->names[m->name_slots[i] - 1];
		if (name->kind == kind && name->length == n &&
			same_name(m->text + name->text, s, n))
			return name;
	}
	return NULL;
}

/* Of the names that host is or ends in: calls once for each, nearest to the root first. */
struct name_walk {
	const struct match *m;
	const char *host;
	size_t at;
	size_t length;
	uint32_t hash;
};

static bool walk_start(struct name_walk *w, const struct match *m, const struct next_hop *nh)
{
	size_t n = nh->host_len;
	if (n && nh->host[n - 1] == '.')
		n--;
	*w = (struct name_walk){.m = m, .host = nh->host, .at = n, .length = n, .hash = HASH_START};
	return n > 0 && n <= NAME_LENGTH_MAX && m->name_count > 0;
}

static const struct domain_name *walk_next(struct name_walk *w)
{
	while (w->at > 0) {
		w->hash = hash_step(w->hash, w->host[--w->at]);
		const struct domain_name *name = NULL;
		if (w->at == 0)
			name = find_name(w->m, w->hash, w->host, w->length, TARGET_DOMAIN);
		else if (w->at > 1 && w->host[w->at - 1] == '.')
			name = find_name(
				w->m, w->hash, w->host + w->at, w->length - w->at, TARGET_WILDCARD);
		if (name)
			return name;
	}
	return NULL;
}

/* A text without port stands for the default ports of SIP (RFC 3261 19.1.2). */
static bool name_port_fits(uint16_t wanted, uint16_t written)
{
	return wanted == 0 || wanted == written ||
	       (written == 0 && (wanted == 5060 || wanted == 5061));
}

bool match_domain(const struct match *m, uint16_t r, const struct next_hop *nh)
{
	struct name_walk w;
	const struct domain_name *name;
	if (!walk_start(&w, m, nh))
		return false;
	while ((name = walk_next(&w)))
		for (uint32_t i = 0; i < name->count; i++)
			if (m->name_routes[name->first + i].route == r &&
				name_port_fits(m->name_routes[name->first + i].port, nh->port))
				return true;
	return false;
}

/* The first route before limit that names the next hop and whose other conditions hold. */
static uint32_t first_named(const struct match *m, const struct question *q,
	const struct next_hop *nh, uint32_t limit, enum holds *held)
{
	struct name_walk w;
	const struct domain_name *name;
	uint32_t best = limit;
	if (!walk_start(&w, m, nh))
		return best;
	while ((name = walk_next(&w))) {
		const struct name_route *r = &m->name_routes[name->first];
		for (uint32_t i = 0; i < name->count && r[i].route < best; i++) {
			if (!name_port_fits(r[i].port, nh->port))
				continue;
			enum holds h = conditions_hold(
				m, r[i].route, m->conditions[r[i].route].of[q->stream], q);
			if (h == HOLDS_NOT)
				continue;
			best = r[i].route;
			*held = h;
		}
	}
	return best;
}

/* The search among domains of which something is known. */
struct domain_search {
	const struct match *m;
	const struct question *q;
	uint32_t limit;        /* a route before this one is looked for */
	uint32_t first, other; /* the first two routes with a domain that has the address */
	uint32_t domain;       /* of the first */
	uint32_t named;        /* the first of them that the text names */
	uint32_t named_domain;
	uint32_t alone;        /* the first route that the text decides alone */
	uint32_t waiting;      /* the first with a domain that waits for its answer, */
	uint32_t waiting_domain;
	bool open;             /* a text might decide alone */
	bool elsewhere;
};

static bool could_take(const struct domain_search *s, uint32_t route)
{
	return route < s->limit && conditions_hold(s->m, (uint16_t)route,
		s->m->conditions[route].of[s->q->stream], s->q) != HOLDS_NOT;
}

static bool has_address(const struct match_facts *f, uint32_t domain)
{
	for (unsigned i = 0; i < f->count && i < MATCH_FACTS_MAX; i++)
		if (f->domains[i] == domain)
			return true;
	return f->more;
}

static void search_addresses(struct domain_search *s, const struct match_facts *f)
{
	for (unsigned i = 0; i < f->count && i < MATCH_FACTS_MAX; i++) {
		if (f->domains[i] >= s->m->domain_count)
			continue;
		const struct domain_target *d = &s->m->domains[f->domains[i]];
		if ((d->port && d->port != s->q->dst->port) || !could_take(s, d->route))
			continue;
		if (d->route < s->first) {
			s->other = s->first < s->limit ? s->first : s->other;
			s->first = d->route;
			s->domain = f->domains[i];
		} else if (d->route == s->first && f->domains[i] < s->domain) {
			s->domain = f->domains[i];
		} else if (d->route > s->first && d->route < s->other) {
			s->other = d->route;
		}
	}
}

/* Whether any domain waits or is a wildcard, of the routes that could be taken instead. */
static void search_open(struct domain_search *s, const struct match_facts *f)
{
	uint32_t limit = s->first;
	for (uint32_t i = 0; i < s->m->domain_count; i++) {
		const struct domain_target *d = &s->m->domains[i];
		if (d->route >= limit || (d->route >= s->waiting && s->open) ||
			!could_take(s, d->route))
			continue;
		if (d->wildcard) {
			s->open = true;
		} else if (f->waits(f->ctx, i)) {
			s->open = true;
			if (d->route < s->waiting) {
				s->waiting = d->route;
				s->waiting_domain = i;
			}
		}
	}
}

static void search_text(
	struct domain_search *s, const struct match_facts *f, const struct next_hop *nh)
{
	struct name_walk w;
	const struct domain_name *name;
	if (!walk_start(&w, s->m, nh))
		return;
	while ((name = walk_next(&w))) {
		const struct name_route *r = &s->m->name_routes[name->first];
		for (uint32_t i = 0; i < name->count; i++, r++) {
			if (!name_port_fits(r->port, nh->port) || !could_take(s, r->route))
				continue;
			if (has_address(f, r->domain) &&
				(!r->port || r->port == s->q->dst->port)) {
				if (r->route < s->named) {
					s->named = r->route;
					s->named_domain = r->domain;
				}
			} else if (name->kind == TARGET_WILDCARD || f->waits(f->ctx, r->domain)) {
				if (r->route < s->alone)
					s->alone = r->route;
			} else {
				s->elsewhere = true;
			}
		}
	}
}

/* A domain's route takes what goes to one of the domain's addresses. The text chooses among those
 * that share the address; alone it decides only for wildcards and before the first answer, because
 * a host may send a request elsewhere than its text says. */
static enum match_result by_facts(const struct match *m, const struct question *q,
	struct answer *a, enum match_result found, uint32_t limit)
{
	const struct match_facts *f = q->facts;
	struct domain_search s = {.m = m,
		.q = q,
		.limit = limit,
		.first = limit,
		.other = limit,
		.named = limit,
		.alone = limit,
		.waiting = limit};
	struct next_hop nh = {0};
	bool text = false;
	search_addresses(&s, f);
	if (!f->settled)
		search_open(&s, f);
	bool shared = s.other < limit || f->more;
	if ((shared || s.open) && q->next_hop)
		text = q->next_hop(q->ctx, &nh);
	else if ((shared || s.open) && q->probe) {
		a->route = (uint16_t)(s.first < limit ? s.first : s.waiting < limit ? s.waiting : 0);
		return MATCH_UNDECIDED;
	}
	if (text)
		search_text(&s, f, &nh);
	a->elsewhere = s.elsewhere;
	uint32_t best = s.named < limit ? s.named : s.first;
	if (s.waiting < best && s.waiting < s.alone) {
		a->domain_unanswered = true;
		a->unanswered_route = (uint16_t)s.waiting;
		a->waiting = s.waiting_domain;
	}
	if (s.alone < best) {
		a->by_domain = true;
		best = s.alone;
	} else if (best < limit) {
		a->by_address = true;
		a->by_domain = s.named < limit && shared;
		a->domain = s.named < limit ? s.named_domain : s.domain;
		a->shared_route = s.other >= limit || a->by_domain ? NO_ROUTE_NUMBER : (uint16_t)s.other;
	}
	if (best >= limit)
		return found;
	a->route = (uint16_t)best;
	return conditions_hold(m, a->route, m->conditions[best].of[q->stream], q) == HOLDS
		? MATCH_ROUTE : MATCH_UNDECIDED;
}

/* Looks for a route with domains before the one that the address found. */
static __attribute__((noinline)) enum match_result by_domain(
	const struct match *m, const struct question *q, struct answer *a, enum match_result found)
{
	if (q->facts)
		return q->facts->settled && !q->facts->count
			? found
			: by_facts(m, q, a, found, found == MATCH_NONE ? NO_ROUTE_NUMBER : a->route);
	uint32_t limit = found == MATCH_NONE ? NO_ROUTE_NUMBER : a->route;
	uint32_t i = 0, first;
	struct next_hop nh = {0};
	enum holds held = HOLDS_NOT;
	for (;; i++) {
		if (i == m->domain_route_count || m->domain_routes[i] >= limit)
			return found;
		first = m->domain_routes[i];
		if (conditions_hold(m, (uint16_t)first, m->conditions[first].of[q->stream], q) !=
			HOLDS_NOT)
			break;
	}
	if (!q->next_hop || !q->next_hop(q->ctx, &nh)) {
		if (q->probe) {
			a->route = (uint16_t)first;
			return MATCH_UNDECIDED;
		}
		a->domain_unanswered = true;
		a->unanswered_route = (uint16_t)first;
		a->waiting = UINT32_MAX;
		return found;
	}
	uint32_t best = first_named(m, q, &nh, limit, &held);
	if (best == limit)
		return found;
	a->route = (uint16_t)best;
	a->by_domain = true;
	return held == HOLDS_UNKNOWN ? MATCH_UNDECIDED : MATCH_ROUTE;
}

/* The walk from candidate c on, for lists whose first candidate does not settle it. */
static __attribute__((noinline)) enum match_result walk(const struct match *m,
	const struct question *q, struct answer *a, const struct candidate *c)
{
	const struct addr *dst = q->dst;
	enum match_result result;
	uint8_t conditions = c->conditions[q->stream];
	/* No domain can take it, which is usual: as if there were none. */
	if (q->facts && q->facts->settled && !q->facts->count &&
		!(conditions & ~(CONDITION_DOMAIN | CONDITION_END))) {
		a->route = c->route;
		a->by_domain = a->by_address = a->domain_unanswered = a->elsewhere = false;
		return conditions & CONDITION_END ? MATCH_NONE : MATCH_ROUTE;
	}
	*a = (struct answer){.route = NO_ROUTE_NUMBER};
	for (;; c++) {
		conditions = c->conditions[q->stream];
		if (conditions & CONDITION_EXACT &&
			((c->port && c->port != dst->port) || (c->scope && c->scope != dst->scope)))
			continue;
		if (conditions & CONDITION_END) {
			result = MATCH_NONE;
			break;
		}
		if (conditions & CONDITION_OWN)
			return MATCH_OWN;
		enum holds h = conditions_hold(m, c->route, conditions, q);
		if (h != HOLDS_NOT) {
			result = h == HOLDS ? MATCH_ROUTE : MATCH_UNDECIDED;
			break;
		}
	}
	a->route = c->route;
	return conditions & CONDITION_DOMAIN ? by_domain(m, q, a, result) : result;
}

/* Settles the common case and leaves everything else to tail calls, so that no register is saved.
 */
static inline enum match_result settle(
	const struct match *m, const struct question *q, struct answer *a, uint32_t list)
{
	const struct candidate *c = match_candidates(m, list);
	uint8_t conditions = c->conditions[q->stream];
	if (unlikely(conditions & ~CONDITION_END))
		return walk(m, q, a, c);
	a->route = c->route;
	a->by_domain = a->by_address = a->domain_unanswered = a->elsewhere = false;
	a->unanswered_route = 0;
	if (likely(conditions == 0))
		return MATCH_ROUTE;
	return MATCH_NONE;
}

uint32_t match_tree4(const struct match *m, const uint8_t *ip)
{
	const struct node4 *node = &m->root4;
	uint32_t key, found;
	memcpy(&key, ip, sizeof(key));
	while (!step4(node, m->slots4 + node->slots, m->edges4, __builtin_bswap32(key), &found))
		node = m->nodes4 + found;
	return found;
}

static __attribute__((noinline)) enum match_result route6(
	const struct match *m, const struct question *q, struct answer *a)
{
	const struct node6 *node = &m->root6;
	match_key key = match_key_of(q->dst->ip);
	uint32_t found;
	while (!step6(node, m->slots6 + node->slots, m->edges6, key, &found))
		node = m->nodes6 + found;
	return settle(m, q, a, found);
}

enum match_result match_route(const struct match *m, const struct question *q, struct answer *a)
{
	if (unlikely(q->dst->family != AF_INET))
		return route6(m, q, a);
	return settle(m, q, a, match_list4(m, q->dst->ip + 12));
}

void match_free(struct match *m)
{
	if (m)
		munmap(m, m->size);
}
