/* SPDX-License-Identifier: MIT */
#include "tally.h"

#include "segment/tallies.h"

uint32_t tally_expected(const struct config *c)
{
	uint64_t n = 16 + c->member_count + c->bond_count;

	for (size_t i = 0; i < c->route_count && n < TALLIES_CELLS_MAX; i++)
		n += c->routes[i].bond == ROUTE_BOND_NONE ? 1 : c->bonds[c->routes[i].bond].member_count + 2;
	return n < TALLIES_CELLS_MAX ? (uint32_t)n : TALLIES_CELLS_MAX;
}
