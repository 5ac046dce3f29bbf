/* SPDX-License-Identifier: MIT */
/* What DNS says of the domains in the routes, for decisions: the table that all forked processes of
 * the host share, and how its domains are numbered in the configuration. Looking takes no lock and
 * no system call, and is async-signal-safe. Without domains nothing of it exists. */
#ifndef BOND_CORE_DOMAINS_H
#define BOND_CORE_DOMAINS_H

#include "dns/table.h"
#include "config/match.h"

/* Whether the configuration has domains and there is a table for them. */
extern bool domains_on __attribute__((visibility("hidden")));

/* The table; valid only if domains_on. */
extern struct table domains_table __attribute__((visibility("hidden")));

/* How much shared memory domains_init() needs, 0 = none; c has no prefixes any more. */
size_t domains_room(const struct config *c);

/* Once, in the constructor, before any fork. area: zeroed shared memory of that size, aligned to a
 * page; NULL = none: then texts alone decide. */
void domains_init(const struct config *c, void *area);

/* The slow half of domains_facts(). */
const struct match_facts *domains_some(const struct table_hit *hit, struct match_facts *room);
const struct match_facts *domains_none(void);

/* For question.facts: what DNS says of dst. room is used if need be and must live as long. */
static inline const struct match_facts *domains_facts(
	const struct addr *dst, struct match_facts *room)
{
	struct table_hit hit;

	if (__builtin_expect(!domains_on, 1))
		return NULL;
	if (table_lookup(&domains_table, dst, &hit))
		return domains_some(&hit, room);
	return domains_none();
}

/* By the number of a domain in the table: the route that it leads to, plus 1, in the upper half of the
 * word, and what follows of it in the lower, so that no two lists of routes (of 16 bits) become the
 * same by exclusive or; 0 = to none. */
extern uint32_t *domains_routes __attribute__((visibility("hidden")));
#define DOMAINS_MIXED 0x7fff7fffu /* it depends on more than the address, or on more domains */

/* The same by an IPv4 address, as it stands in memory. */
static inline __attribute__((always_inline)) uint32_t domains_route(uint32_t ip)
{
	uint64_t hint = table_hint(&domains_table, ip);

	if (__builtin_expect(!hint, 1))
		return 0;
	if (hint & TABLE_SEVERAL)
		return DOMAINS_MIXED;
	return hint_ip(hint) == ip ? domains_routes[hint_domain(hint)] : 0;
}

/* What a connection to dst speaks: the route's own word, else the service that DNS names for that
 * address and port, of the route's domains before others, else the port's, else tcp. */
enum transport domains_stream_transport(const struct route *route, const struct addr *dst);

/* Counts a request whose text names a domain that does not have the address it went to. */
void domains_count_elsewhere(void);

/* The domain number n of struct match_facts as it is written, or NULL. */
const char *domains_name(uint32_t n);

/* What is known of it, enum table_state: TABLE_FULL too if it is in no table itself. */
uint8_t domains_state(uint32_t n);

#endif
