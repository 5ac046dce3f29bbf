/* SPDX-License-Identifier: MIT */
/* A processor is asked for only where a way is kept: what is counted in full need not be apart. */
#include "tally.h"

#include <sched.h>

#include "config/select.h"
#include "preload/process.h"
#include "segment/counters.h"

static struct tally_pair nowhere;

uint32_t tally_expected(const struct config *c)
{
	uint64_t n = 16 + c->member_count + c->bond_count;

	for (size_t i = 0; i < c->route_count && n < TALLIES_CELLS_MAX; i++)
		n += c->routes[i].bond == ROUTE_BOND_NONE ? 1 : c->bonds[c->routes[i].bond].member_count + 2;
	return n < TALLIES_CELLS_MAX ? (uint32_t)n : TALLIES_CELLS_MAX;
}

static uint32_t cell_of_key(uint64_t key)
{
	bool full;
	uint32_t cell = tallies_cell(this_host.segment.tallies, key, &full);

	if (unlikely(full))
		counters_add_full(this_host.segment.counters, FULL_TALLIES);
	return cell;
}

static const struct config *config_of(const struct verdict *v)
{
	return &(v->rules ? v->rules : rules_now())->config;
}

static uint64_t key_of(const struct verdict *v)
{
	const struct config *c = config_of(v);
	const struct route *r = v->route.number == MODEL_NONE ? NULL : &c->routes[v->route.number];
	uint32_t route = r ? r->slot : v->route.kept;
	uint16_t bond = v->route.bond != MODEL_NONE ? v->route.bond : r ? r->bond : MODEL_NONE;

	if (v->how.member != SELECT_NONE)
		return tally_key(route, TALLY_OF_MEMBER, c->members[v->how.member].slot);
	if (v->how.listener >= 0)
		return tally_key(route, TALLY_OF_LISTENER, TALLY_NO_SLOT);
	if (bond != MODEL_NONE && bond != ROUTE_BOND_NONE)
		return tally_key(route, TALLY_OF_BOND, c->bonds[bond].slot);
	return tally_key(route, TALLY_OF_NOBODY, TALLY_NO_SLOT);
}

void tally_add(const struct verdict *v, enum tally what, uint64_t n)
{
	if (n)
		tallies_add(this_host.segment.tallies, cell_of_key(key_of(v)), what, n);
}

void tally_member(const struct rules *r, uint32_t member, enum tally what, uint64_t n)
{
	uint64_t key = tally_key(TALLY_NO_SLOT, TALLY_OF_NOBODY, TALLY_NO_SLOT);

	if (!n)
		return;
	if (member < r->config.member_count)
		key = tally_key(TALLY_NO_SLOT, TALLY_OF_MEMBER, r->config.members[member].slot);
	tallies_add(this_host.segment.tallies, cell_of_key(key), what, n);
}

void tally_no_member(const struct verdict *v)
{
	if (v->why != WHY_NO_MEMBER && v->why != WHY_MEMBER_NOT_BOUND && v->why != WHY_MEMBER_REFUSED &&
		v->why != WHY_CANNOT_MOVE)
		return;
	tally_add(v, v->action == ACTION_FAIL ? TALLY_NO_MEMBER : TALLY_PASSED, 1);
}

void tally_left(const struct verdict *v, enum tally what, size_t bytes)
{
	uint32_t cell = cell_of_key(key_of(v));

	tallies_add(this_host.segment.tallies, cell, what, 1);
	tallies_add(this_host.segment.tallies, cell, TALLY_BYTES, bytes);
}

struct tally_pair *tally_pair_of(const struct verdict *v)
{
	struct tallies *t = this_host.segment.tallies;
	int processor = sched_getcpu();

	return t ? tallies_pair(t, cell_of_key(key_of(v)), processor < 0 ? 0 : (unsigned)processor) : &nowhere;
}
