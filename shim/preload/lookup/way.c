/* SPDX-License-Identifier: MIT */
#include "way.h"

#include "lookup.h"
#include "preload/process.h"

/* A listener that stands goes on as it does: its members are heard by the way that it has. */
static uint8_t way_of(const struct member *m)
{
	enum opened standing = listeners_opening(&this_host.listeners, m);

	if (standing == OPENED_WIDE)
		return OPEN_FILTER;
	if (standing == OPENED_LOOKUP)
		return OPEN_LOOKUP;
	return m->open != OPEN_ANY ? m->open : lookup_is_open() ? OPEN_LOOKUP : OPEN_FILTER;
}

void way_choose(struct config *c, uint32_t members)
{
	for (uint32_t i = 0; i < members; i++) {
		if (c->members[i].open)
			c->members[i].open = way_of(&c->members[i]);
	}
}
