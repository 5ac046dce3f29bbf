/* SPDX-License-Identifier: MIT */
/* The steps that datagrams and connections have in common: which route, and what where none or no
 * member is found. */
#include "choose.h"

#include "base/likely.h"
#include "config/select.h"
#include "sockets.h"

bool choose_route(struct verdict *v, struct question *q)
{
	struct answer a;
	struct match_facts facts;

	q->facts = domains_facts(&v->rules->domains, q->dst, &facts);
	a.domain_unanswered = false;
	enum match_result result = match_route(v->rules->match, q, &a);
	if (unlikely(a.domain_unanswered)) {
		v->doubt.unanswered = true;
		v->doubt.route = a.unanswered_route;
		v->doubt.domain = a.waiting;
		v->doubt.gone = domains_state(&v->rules->domains, a.waiting);
	}
	if (unlikely(a.elsewhere))
		v->doubt.elsewhere = true;
	if (unlikely(result != MATCH_ROUTE)) {
		v->why = result == MATCH_OWN ? WHY_OWN_ADDRESS
			: result == MATCH_NONE ? WHY_NO_ROUTE
					       : WHY_ARRIVAL_UNKNOWN;
		if (result == MATCH_UNDECIDED)
			v->route.number = a.route;
		return false;
	}
	v->route.number = a.route;
	v->route.by_domain = a.by_domain;
	if (unlikely(a.by_address)) {
		v->route.by_address = true;
		v->route.domain = a.domain;
		v->route.shared = a.shared_route;
	}
	if (unlikely(v->rules->config.routes[a.route].bond == ROUTE_BOND_NONE)) {
		v->why = WHY_BOND_NONE;
		return false;
	}
	return true;
}

void choose_none(struct verdict *v, const struct sender *s, bool refused)
{
	uint16_t number = choose_bond(v);
	const struct bond *b = &v->rules->config.bonds[number];
	bool fits = select_next(&v->rules->config, number, v->how.transport, s->dst, SELECT_NONE) !=
		SELECT_NONE;

	v->how.member = SELECT_NONE;
	v->action = b->no_member == NO_MEMBER_FAIL ? ACTION_FAIL : ACTION_NONE;
	if (!fits)
		v->why = WHY_NO_MEMBER;
	else if (refused)
		v->why = WHY_MEMBER_REFUSED;
	else if (s->bits & FD_STEERED)
		v->why = WHY_CANNOT_MOVE;
	else
		v->why = WHY_MEMBER_NOT_BOUND;
	/* A listener that the host itself connected is one conversation already: it stays. */
	if (v->why == WHY_MEMBER_NOT_BOUND && (s->bits & FD_CONNECTED) &&
		!(s->bits & FD_FLOATING)) {
		v->why = WHY_CONNECTED_LISTENER;
		v->action = ACTION_NONE;
	}
}

void choose_unknown(struct verdict *v)
{
	if (v->rules->config.routes[v->route.number].bond != ROUTE_BOND_NONE &&
		v->rules->config.bonds[choose_bond(v)].no_member == NO_MEMBER_FAIL)
		v->action = ACTION_FAIL;
}
