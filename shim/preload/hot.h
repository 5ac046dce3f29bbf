/* SPDX-License-Identifier: MIT */
/* What the hooks look at in every call, in one cache line: written at start and when the rules change.
 * Only hooks/ and datagram/fast decide by it; all else takes this_host (process.h). */
#ifndef BOND_HOT_H
#define BOND_HOT_H

#include <stdatomic.h>

#include "base/likely.h"
#include "config/match_table.h"

enum {
	HOT_INERT = 0,
	HOT_ACTIVE = 1, /* descriptors are followed, sends are decided */
	HOT_TRACE = 2,
	HOT_CLIENTS = 4 /* there are client sockets of which every send is looked at (datagram/rebind.h) */
};

struct hot {
	int mode; /* 0 until the constructor has run and as long as libbond is inert: tested first */
	bool domains; /* the rules have domains, whose table is there */
	/* Where a program's memory can lie at all: from HOT_ADDRESS_LOW on, so many bytes. A variable,
	 * because a compare with memory is shorter than one with a constant of that size. */
	uintptr_t address_span;
	uintptr_t active_span; /* the same while mode is HOT_ACTIVE and nothing else, else 0 */
	const int32_t *octets;          /* of match */
	const struct match *match;      /* of the rules */
	const uint32_t *domain_routes;  /* so, see core/domains.h */
	_Atomic uint32_t *generation;   /* of the segment, by which kept decisions hold */
} __attribute__((aligned(64)));
_Static_assert(sizeof(struct hot) == 64, "one cache line");

#define HOT_ADDRESS_LOW 65536

extern struct hot hot __attribute__((visibility("hidden")));

static inline void hot_take(const struct match *m)
{
	hot.octets = m->octets;
	hot.match = m;
}

/* There are such client sockets from now on. */
void hot_has_clients(void) __attribute__((visibility("hidden")));

#endif
