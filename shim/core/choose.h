/* SPDX-License-Identifier: MIT */
/* Steps of a decision: from the question to a route, and from a route without a usable member to what
 * its bond says of that. PURE. */
#ifndef BOND_CORE_CHOOSE_H
#define BOND_CORE_CHOOSE_H

#include "base/likely.h"
#include "rules.h"
#include "sender.h"
#include "verdict.h"

/* The route, or false with v->why and v->action saying why the call stays the host's own. */
bool choose_route(struct verdict *v, struct question *q);

/* Whose member is looked for: what the script asks for, else the route's. */
static inline uint16_t choose_bond(const struct verdict *v)
{
	return likely(v->route.bond == MODEL_NONE) ? v->rules->config.routes[v->route.number].bond
						   : v->route.bond;
}

/* No member is usable: what the bond's no-member says. refused: the kernel refused the last. */
void choose_none(struct verdict *v, const struct sender *s, bool refused);

/* A route might match, and nobody can say: its bond's no-member does. */
void choose_unknown(struct verdict *v);

#endif
