/* SPDX-License-Identifier: MIT */
/* Numbers domains once; what changes of them is in the shared table. */
#include "domains.h"

#include <stdlib.h>

#include "base/likely.h"
#include "config/match_table.h"
#include "config/select.h"
#include "dns/targets.h"
#include "dns/table_memory.h"

#define NO_DOMAIN UINT32_MAX
/* Puts the routes of one list into places of their own, see datagram/fast.h, and leaves a list's tag alone. */
#define DOMAINS_SPREAD (3 * LIST_STEP)

uint8_t domains_state(const struct domains *d, uint32_t n)
{
	if (!d->on || n >= d->config->target_count)
		return TABLE_UNKNOWN;
	return d->numbers[n] == MODEL_NONE ? TABLE_FULL : table_state(d->table, d->numbers[n]);
}

/* Whether the text decides for the domain too; async-signal-safe. */
static bool waits(const void *ctx, uint32_t domain)
{
	const struct domains *d = ctx;

	return domain < d->config->target_count && d->config->targets[domain].kind != TARGET_WILDCARD &&
		table_state_waits(domains_state(d, domain));
}

static __attribute__((noinline)) bool check_settled(const struct domains *d, uint32_t generation)
{
	bool settled = !d->some_by_text;

	for (uint32_t i = 0; settled && i < d->config->target_count; i++)
		settled = !waits(d, i);
	atomic_store_explicit(
		d->checked, (uint64_t)generation << 1 | settled, memory_order_relaxed);
	return settled;
}

static inline bool is_settled(const struct domains *d)
{
	uint32_t generation = atomic_load_explicit(d->table->generation, memory_order_acquire);
	uint64_t last = atomic_load_explicit(d->checked, memory_order_relaxed);

	if (likely(last >> 1 == generation))
		return last & 1;
	return check_settled(d, generation);
}

const struct match_facts *domains_none(const struct domains *d)
{
	return is_settled(d) ? &d->nothing_settled : &d->nothing_yet;
}

const struct match_facts *domains_some(
	const struct domains *d, const struct table_hit *hit, struct match_facts *room)
{
	room->settled = is_settled(d);
	room->waits = waits;
	room->ctx = d;
	room->more = hit->more;
	room->count = 0;
	for (unsigned i = 0; i < hit->count; i++) {
		uint32_t n = hit->domains[i] < d->table->domain_max ? d->first_of[hit->domains[i]]
								     : NO_DOMAIN;
		for (; n != NO_DOMAIN; n = d->next_of[n]) {
			if (room->count == MATCH_FACTS_MAX) {
				room->more = true;
				return room;
			}
			room->domains[room->count++] = n;
		}
	}
	return room;
}

struct whose {
	const struct domains *d;
	const struct route *route;
};

/* Whether the route names that domain of the table. */
static bool names_domain(const void *ctx, uint16_t number)
{
	const struct whose *w = ctx;
	const struct config *c = w->d->config;
	uint32_t n = number < w->d->table->domain_max ? w->d->first_of[number] : NO_DOMAIN;

	while (n != NO_DOMAIN && &c->routes[c->targets[n].route] != w->route)
		n = w->d->next_of[n];
	return n != NO_DOMAIN;
}

/* Whether any does. */
static bool is_named(const void *ctx, uint16_t number)
{
	const struct whose *w = ctx;

	return number < w->d->table->domain_max && w->d->first_of[number] != NO_DOMAIN;
}

enum transport domains_stream_transport(
	const struct domains *d, const struct route *route, const struct addr *dst)
{
	enum transport by_port = select_stream_transport(route, dst);
	const struct whose w = {d, route};
	const struct table_whose whose = {names_domain, &w, is_named};

	if (likely(!d->on) || (route && route->transport != TRANSPORT_NONE))
		return by_port;
	return table_stream_transport(d->table, by_port, dst, &whose);
}

const char *domains_name(const struct domains *d, uint32_t n)
{
	return d->config && n < d->config->target_count ? d->config->targets[n].domain : NULL;
}

/* Two routes are told apart by the text, a port by the destination's. */
static void lead(struct domains *d, const struct match *m, uint16_t number, const struct target *target)
{
	uint32_t *route = &d->routes[number], own = target->route + 1u;
	bool mixed = *route || target->port || own >= (uint16_t)DOMAINS_MIXED ||
		m->lists_end > UINT16_MAX;

	*route = mixed ? DOMAINS_MIXED : own << 16 | (uint16_t)(own * DOMAINS_SPREAD);
}

static void number(struct domains *d, const struct match *m)
{
	const struct config *c = d->config;

	for (uint32_t i = 0; i < d->table->domain_max; i++)
		d->first_of[i] = NO_DOMAIN;
	for (uint32_t i = (uint32_t)c->target_count; i-- > 0;) {
		uint16_t n = d->numbers[i];
		if (n == MODEL_NONE || c->targets[i].kind == TARGET_WILDCARD)
			d->some_by_text = true;
		if (n == MODEL_NONE)
			continue;
		d->next_of[i] = d->first_of[n];
		d->first_of[n] = i;
		lead(d, m, n, &c->targets[i]);
	}
}

size_t domains_room(const struct config *c)
{
	uint32_t domain_max, address_max;

	targets_room(c, &domain_max, &address_max);
	return c->target_count ? table_size(domain_max, address_max) : 0;
}

static size_t round_up(size_t n)
{
	return (n + 15) & ~(size_t)15;
}

size_t domains_size(const struct config *c, const struct table *t)
{
	return round_up(sizeof(*((struct domains *)0)->checked)) +
		round_up(c->target_count * sizeof(uint32_t)) + round_up(c->target_count * sizeof(uint16_t)) +
		2 * round_up(t->domain_max * sizeof(uint32_t));
}

void domains_place(struct domains *d, const struct config *c, const struct match *m, const struct table *t,
	const uint16_t *numbers, void *room)
{
	char *at = room;

	d->config = c;
	d->table = t;
	d->nothing_settled = (struct match_facts){.settled = true, .waits = waits, .ctx = d};
	d->nothing_yet = (struct match_facts){.settled = false, .waits = waits, .ctx = d};
	d->checked = room;
	d->next_of = (void *)(at += round_up(sizeof(*d->checked)));
	d->numbers = (void *)(at += round_up(c->target_count * sizeof(*d->next_of)));
	d->first_of = (void *)(at += round_up(c->target_count * sizeof(*d->numbers)));
	d->routes = (void *)(at + round_up(t->domain_max * sizeof(*d->first_of)));
	atomic_store(d->checked, UINT64_MAX);
	for (size_t i = 0; i < c->target_count; i++)
		d->numbers[i] = numbers[i] < t->domain_max ? numbers[i] : MODEL_NONE;
	number(d, m);
	d->on = true;
}

bool domains_make(struct domains *d, const struct config *c, const struct match *m, struct table *t)
{
	uint16_t *numbers = calloc(c->target_count, sizeof(*numbers));
	void *room = calloc(1, domains_size(c, t) + DOMAINS_BEHIND);

	if (numbers && room) {
		targets_register(t, c, numbers);
		domains_place(d, c, m, t, numbers, room);
	} else {
		free(room);
	}
	free(numbers);
	return d->on;
}
