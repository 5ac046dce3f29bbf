/* SPDX-License-Identifier: MIT */
/* What DNS says of the domains in the routes, for decisions: how the domains of one configuration are
 * numbered in the table that all forked processes of the host share. Looking takes no lock and no
 * system call, and is async-signal-safe. Without domains nothing of it exists. */
#ifndef BOND_CORE_DOMAINS_H
#define BOND_CORE_DOMAINS_H

#include "base/likely.h"
#include "config/match.h"
#include "dns/table.h"

/* By the number of a domain in the table: the route that it leads to, plus 1, in the upper half of the
 * word, and what follows of it in the lower, so that no two lists of routes (of 16 bits) become the
 * same by exclusive or; 0 = to none. */
#define DOMAINS_MIXED 0x7fff7fffu /* it depends on more than the address, or on more domains */

struct domains {
	bool on; /* the configuration has domains and there is a table for them */
	bool some_by_text; /* wildcards, and domains that are not in the table */
	const struct table *table;
	const struct config *config;
	uint32_t *next_of;  /* of a domain: the next that has the same number in the table */
	uint16_t *numbers;  /* in the table, of each target; MODEL_NONE = it found no room there */
	uint32_t *first_of; /* of a number in the table: the first domain that has it */
	uint32_t *routes;   /* see DOMAINS_MIXED */
	_Atomic uint64_t *checked; /* generation << 1 | whether no domain waited then; of this process */
	struct match_facts nothing_settled, nothing_yet;
};

/* How much memory table_format() needs for the domains of c, 0 = it has none. */
size_t domains_room(const struct config *c);

/* Numbers the domains of c, whose routes m has compiled; both must live as long as d. t: the table,
 * formatted and attached, which must, too. False: no memory; then texts alone decide. */
bool domains_make(struct domains *d, const struct config *c, const struct match *m, struct table *t);

/* The same without an allocation, of domains that are in the table: numbers[] of each target. room: zeroed,
 * of that size, aligned to 16 bytes, which lives as long as d; DOMAINS_BEHIND bytes more can be read, whatever
 * they are: a word of the table that somebody damaged leads there. Async-signal-safe. */
#define DOMAINS_BEHIND ((UINT16_MAX + 1) * sizeof(uint32_t))
size_t domains_size(const struct config *c, const struct table *t);
void domains_place(struct domains *d, const struct config *c, const struct match *m, const struct table *t,
	const uint16_t *numbers, void *room);

/* The slow half of domains_facts(). */
const struct match_facts *domains_some(
	const struct domains *d, const struct table_hit *hit, struct match_facts *room);
const struct match_facts *domains_none(const struct domains *d);

/* For question.facts: what DNS says of dst. room is used if need be and must live as long. */
static inline const struct match_facts *domains_facts(
	const struct domains *d, const struct addr *dst, struct match_facts *room)
{
	struct table_hit hit;

	if (likely(!d->on))
		return NULL;
	if (table_lookup(d->table, dst, &hit))
		return domains_some(d, &hit, room);
	return domains_none(d);
}

/* The entry of `routes` of an IPv4 address, as it stands in memory. */
static inline __attribute__((always_inline)) uint32_t domains_route(
	const struct table *t, const uint32_t *routes, uint32_t ip)
{
	uint64_t hint = table_hint(t, ip);

	if (likely(!hint))
		return 0;
	if (hint & TABLE_SEVERAL)
		return DOMAINS_MIXED;
	return hint_ip(hint) == ip ? routes[hint_domain(hint)] : 0;
}

/* What a connection to dst speaks: the route's own word, else the service that DNS names for that
 * address and port, of the route's domains before others, else the port's, else tcp. route may be NULL. */
enum transport domains_stream_transport(
	const struct domains *d, const struct route *route, const struct addr *dst);

/* The domain number n of struct match_facts as it is written, or NULL. */
const char *domains_name(const struct domains *d, uint32_t n);

/* What is known of it, enum table_state: TABLE_FULL too if it is in no table itself. */
uint8_t domains_state(const struct domains *d, uint32_t n);

#endif
