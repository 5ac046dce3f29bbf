/* SPDX-License-Identifier: MIT */
/* Routes by their domains: what the text of a request and what DNS says of the address tell. PURE. */
#ifndef BOND_MATCH_DOMAINS_H
#define BOND_MATCH_DOMAINS_H

#include "match_table.h"
#include "question.h"

/* Looks for a route with domains before the one that the address found: found and a->route. */
enum match_result match_by_domains(const struct match *m, const struct question *q, struct answer *a,
	enum match_result found) __attribute__((noinline));

/* Whether route r's own domains (or *.domains) name host:port; what match_route() uses. Compared
 * without case and final dot (RFC 3261 19.1.4); a next hop without port is at 5060 and at 5061. */
bool match_domain(const struct match *m, uint16_t r, const struct next_hop *nh);

#endif
