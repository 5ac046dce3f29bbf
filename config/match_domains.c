/* SPDX-License-Identifier: MIT */
/* A domain of which DNS told the addresses is found by the destination, one of which nothing is known
 * yet by the text; the route that comes first in the file is taken. */
#include "match_domains.h"

#include "conditions.h"
#include "match_names.h"

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
	if (!match_names_start(&w, m, nh))
		return false;
	while ((name = match_names_next(&w)))
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
	if (!match_names_start(&w, m, nh))
		return best;
	while ((name = match_names_next(&w))) {
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
	if (!match_names_start(&w, s->m, nh))
		return;
	while ((name = match_names_next(&w))) {
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

enum match_result match_by_domains(
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
