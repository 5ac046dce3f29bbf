/* SPDX-License-Identifier: MIT */
/* See domains.h. Written once by the constructor; what changes is in the shared table. */
#include "domains.h"

#include <stdlib.h>

#include "config/select.h"
#include "preload/housekeeping/dns.h"
#include "dns/resolver.h"
#include "preload/hot.h"
#include "preload/datagram/fast.h"

#define SEAT_SIZE 4096 /* of the housekeeping thread, behind the table */
#define NO_DOMAIN UINT32_MAX
#define DOMAINS_SPREAD 200 /* puts the routes of one list into places of their own, see ways.h */

bool domains_on;
struct table domains_table;
uint32_t *domains_routes;

static const struct target *targets;
static const struct route *routes;
static uint32_t domain_count;
static uint16_t *numbers;  /* in the table, of each domain; MODEL_NONE = it found no room there */
static uint32_t *first_of; /* of a number in the table: the first domain that has it, */
static uint32_t *next_of;  /* of a domain: the next that has the same */
static bool some_by_text;  /* wildcards, and domains that are not in the table */

/* generation << 1 | whether no domain waited then; of this process */
static _Atomic uint64_t checked;

uint8_t domains_state(uint32_t n)
{
	if (!domains_on || n >= domain_count)
		return TABLE_UNKNOWN;
	return numbers[n] == MODEL_NONE ? TABLE_FULL : table_state(&domains_table, numbers[n]);
}

/* Whether the text decides for the domain too; async-signal-safe. */
static bool waits(uint32_t domain)
{
	return domain < domain_count && targets[domain].kind != TARGET_WILDCARD &&
		table_state_waits(domains_state(domain));
}

static const struct match_facts nothing_settled = {.settled = true, .waits = waits};
static const struct match_facts nothing_yet = {.settled = false, .waits = waits};

static __attribute__((noinline)) bool check_settled(uint32_t generation)
{
	bool settled = !some_by_text;

	for (uint32_t i = 0; settled && i < domain_count; i++)
		settled = !waits(i);
	atomic_store_explicit(
		&checked, (uint64_t)generation << 1 | settled, memory_order_relaxed);
	return settled;
}

static inline bool is_settled(void)
{
	uint32_t generation = fast_now();
	uint64_t last = atomic_load_explicit(&checked, memory_order_relaxed);

	if (likely(last >> 1 == generation))
		return last & 1;
	return check_settled(generation);
}

const struct match_facts *domains_none(void)
{
	return is_settled() ? &nothing_settled : &nothing_yet;
}

const struct match_facts *domains_some(const struct table_hit *hit, struct match_facts *room)
{
	room->settled = is_settled();
	room->waits = waits;
	room->more = hit->more;
	room->count = 0;
	for (unsigned i = 0; i < hit->count; i++) {
		uint32_t d = hit->domains[i] < domains_table.domain_max
			? first_of[hit->domains[i]]
			: NO_DOMAIN;
		for (; d != NO_DOMAIN; d = next_of[d]) {
			if (room->count == MATCH_FACTS_MAX) {
				room->more = true;
				return room;
			}
			room->domains[room->count++] = d;
		}
	}
	return room;
}

/* Whether the route names that domain of the table. */
static bool names_domain(const void *route, uint16_t number)
{
	uint32_t d = number < domains_table.domain_max ? first_of[number] : NO_DOMAIN;

	while (d != NO_DOMAIN && &routes[targets[d].route] != route)
		d = next_of[d];
	return d != NO_DOMAIN;
}

enum transport domains_stream_transport(const struct route *route, const struct addr *dst)
{
	enum transport by_port = select_stream_transport(route, dst);
	const struct table_whose whose = {names_domain, route};

	if (likely(!domains_on) || (route && route->transport != TRANSPORT_NONE))
		return by_port;
	return table_stream_transport(&domains_table, by_port, dst, &whose);
}

void domains_count_elsewhere(void)
{
	housekeeping_count(KEEPER_ELSEWHERE);
}

const char *domains_name(uint32_t n)
{
	return n < domain_count ? targets[n].domain : NULL;
}

static bool number_domains(const struct config *c)
{
	domain_count = (uint32_t)c->target_count;
	targets = c->targets;
	routes = c->routes;
	numbers = calloc(c->target_count, sizeof(*numbers));
	next_of = calloc(c->target_count, sizeof(*next_of));
	first_of = calloc(domains_table.domain_max, sizeof(*first_of));
	domains_routes = calloc(UINT16_MAX + 1, sizeof(*domains_routes));
	if (!numbers || !next_of || !first_of || !domains_routes)
		return false;
	resolver_register(&domains_table, c, numbers);
	for (uint32_t i = 0; i < domains_table.domain_max; i++)
		first_of[i] = NO_DOMAIN;
	for (uint32_t i = domain_count; i-- > 0;) {
		if (numbers[i] == MODEL_NONE || targets[i].kind == TARGET_WILDCARD)
			some_by_text = true;
		if (numbers[i] == MODEL_NONE)
			continue;
		next_of[i] = first_of[numbers[i]];
		first_of[numbers[i]] = i;
		/* two routes are told apart by the text, a port by the destination's */
		uint32_t *route = &domains_routes[numbers[i]], own = targets[i].route + 1u;
		bool mixed = *route || targets[i].port || own >= (uint16_t)DOMAINS_MIXED ||
			shim_match->lists_end > UINT16_MAX;
		*route = mixed ? DOMAINS_MIXED : own << 16 | (uint16_t)(own * DOMAINS_SPREAD);
	}
	return true;
}

size_t domains_room(const struct config *c)
{
	uint32_t domain_max, address_max;

	resolver_room(c, &domain_max, &address_max);
	return c->target_count ? table_size(domain_max, address_max) + SEAT_SIZE : 0;
}

void domains_init(const struct config *c, void *area)
{
	uint32_t domain_max, address_max;

	if (!area)
		return;
	resolver_room(c, &domain_max, &address_max);
	size_t size = table_size(domain_max, address_max);
	if (table_format(area, size, domain_max, address_max) != 0 ||
		table_attach(&domains_table, area, size) != 0 || !number_domains(c))
		return;
	fast_share(domains_table.generation);
	domains_on = true;
	atomic_store(&checked, UINT64_MAX);
	housekeeping_init(c, (char *)area + size);
}
