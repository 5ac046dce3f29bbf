/* SPDX-License-Identifier: MIT */
/* What was said in the trace already, by whichever process of the host, and is said once. Each function is
 * true the first time. Async-signal-safe; s may be NULL: there is no memory, and nothing is said. */
#ifndef BOND_SEGMENT_SAID_H
#define BOND_SEGMENT_SAID_H

#include "config/addr.h"
#include "counters.h"

#define SAID_STRAYS 64

struct said {
	_Atomic bool full[FULL_TABLES];
	_Atomic uint64_t large[1024]; /* a bit a route's slot, of those that there usually are */
	_Atomic uint64_t strays[SAID_STRAYS];
	_Atomic uint32_t stray_count;
	_Atomic bool heard[2]; /* of connections, of datagrams */
};

bool said_full(struct said *s, enum full_table table);

/* Of a route, by its slot. */
bool said_large(struct said *s, uint32_t slot);

/* Of an address, as long as it is among the last SAID_STRAYS. */
bool said_stray(struct said *s, const struct addr *a);

bool said_heard(struct said *s, bool datagram);

#endif
