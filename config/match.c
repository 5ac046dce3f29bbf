/* SPDX-License-Identifier: MIT */
/* The compiled routes: per address family the sorted edges where the list of routes changes, found
 * through a tree of index nodes; a hash of domains; all in one read-only mapping that forked
 * processes share. match_route() runs on every send: PURE, async-signal-safe. */
#include "match.h"

#include <sys/mman.h>

#include "base/likely.h"
#include "conditions.h"
#include "match_domains.h"
#include "match_table.h"

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
	return conditions & CONDITION_DOMAIN ? match_by_domains(m, q, a, result) : result;
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

static __attribute__((noinline)) enum match_result route6(
	const struct match *m, const struct question *q, struct answer *a)
{
	return settle(m, q, a, match_tree6(m, q->dst->ip));
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
