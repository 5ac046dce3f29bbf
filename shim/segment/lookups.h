/* SPDX-License-Identifier: MIT */
/* The listeners of a host to which opened members lead by sk_lookup, by numbers that mean the same in all of its
 * processes, whichever of them bound which socket. A number is never given back. Async-signal-safe; l may be NULL:
 * there is no memory. */
#ifndef BOND_SEGMENT_LOOKUPS_H
#define BOND_SEGMENT_LOOKUPS_H

#include <stdatomic.h>

#include "config/addr.h"

#define LOOKUPS_MAX 64

struct lookups {
	struct {
		_Atomic uint32_t state; /* LOOKUP_..., of lookups.c */
		uint16_t protocol;
		struct addr addr;
	} listeners[LOOKUPS_MAX];
};

/* The number of the listener at that address, of IPPROTO_UDP or IPPROTO_TCP; -1: there are too many. */
int lookups_number(struct lookups *l, const struct addr *a, uint16_t protocol);

#endif
