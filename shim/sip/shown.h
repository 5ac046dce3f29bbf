/* SPDX-License-Identifier: MIT */
/* Names that the host was shown, or could ask for, of sockets that are no listeners: its client sockets
 * and its connections. It writes them into Via and Contact, and the wire knows the socket by another.
 * Pairs in memory that the host's processes share: a cache, lock-free, in which the latest thousands
 * stay; a pair is kept for longer than its socket lives, as what peers were told is.
 * PURE: no socket, no log, no allocation; async-signal-safe. */
#ifndef BOND_SHOWN_H
#define BOND_SHOWN_H

#include "base/cache.h"
#include "config/model.h"

#define SHOWN_BITS 11 /* 8,192 pairs in 1 MiB */

/* The unspecified address in shown is any of this machine's, in real that of the member by which a
 * message leaves. */
struct shown_pair {
	struct addr shown;
	struct addr real;
};

struct shown_table {
	_Atomic uint32_t clock; /* 0 = nothing was kept */
	uint8_t pad[60];
	struct cache_entry by_shown[1 << SHOWN_BITS][CACHE_WAYS];
	struct cache_entry by_real[1 << SHOWN_BITS][CACHE_WAYS];
};

/* Keeps a pair; the latest of those that were shown alike holds. t may be NULL. */
void shown_keep(struct shown_table *t, enum transport transport, const struct shown_pair *pair);

/* Finds the pair by which the host calls a socket so, or by which the wire does; an unspecified address
 * is looked for where none is kept with that address and port. t may be NULL. */
bool shown_find(const struct shown_table *t, enum transport transport, const struct addr *shown,
	struct shown_pair *pair);
/* One socket may have been shown by several names: *at counts on, from 0, until there is no other. */
bool shown_find_real(const struct shown_table *t, enum transport transport, const struct addr *real,
	unsigned *at, struct shown_pair *pair);

#endif
