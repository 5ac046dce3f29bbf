/* SPDX-License-Identifier: MIT */
/* The listeners of a host to which opened members lead by sk_lookup, or may after a reload, by numbers that mean the
 * same in all of its processes, whichever of them bound which socket. A number is never given back.
 * Async-signal-safe; l may be NULL: there is no memory. */
#ifndef BOND_SEGMENT_LOOKUPS_H
#define BOND_SEGMENT_LOOKUPS_H

#include <stdatomic.h>
#include <stdbool.h>

#include "config/addr.h"

#define LOOKUPS_MAX 64
#define LOOKUPS_SPARE 32 /* so many of them for listeners to which nothing leads yet */
#define LOOKUPS_NEVER 0  /* no rules are of that generation */

struct lookups {
	struct {
		_Atomic uint32_t state; /* LOOKUP_..., of lookups.c */
		uint16_t protocol;
		struct addr addr;
	} listeners[LOOKUPS_MAX];
	_Atomic uint32_t generation; /* of the rules by which members were led last */
};

/* The number of the listener at that address, of IPPROTO_UDP or IPPROTO_TCP, below `most` where it has none yet; -1:
 * there are too many. */
int lookups_number(struct lookups *l, const struct addr *a, uint16_t protocol, int most);

/* The listener of that number; false: there is none. */
bool lookups_at(const struct lookups *l, uint32_t number, struct addr *a, uint16_t *protocol);

/* Members were led by the rules of that generation. */
void lookups_done(struct lookups *l, uint32_t generation);

/* The generation of the rules by which they were; LOOKUPS_NEVER: that is not known. */
uint32_t lookups_of(const struct lookups *l);

/* So they were, by who began when it was `from`. Where somebody did so meanwhile, whose were newer is not known. */
void lookups_moved(struct lookups *l, uint32_t from, uint32_t to);

#endif
