/* SPDX-License-Identifier: MIT */
/* Names that the host was shown, or could ask for, of sockets that are no listeners: its client sockets
 * and its connections. It writes them into Via and Contact, and the wire knows the socket by another.
 * Pairs in memory that the host's processes share: a cache, lock-free, in which the latest thousands
 * stay; a pair is kept for longer than its socket lives, as what peers were told is.
 * PURE: no socket, no log, no allocation; async-signal-safe. */
#ifndef BOND_SHOWN_H
#define BOND_SHOWN_H

#include <stdatomic.h>

#include "config/model.h"

#define SHOWN_SETS 2048
#define SHOWN_WAYS 4

/* The unspecified address in shown is any of this machine's, in real that of the member by which a
 * message leaves. */
struct shown_pair {
	struct addr shown;
	struct addr real;
};

struct shown_table {
	_Atomic uint32_t clock; /* 0 = nothing was kept */
	uint8_t pad[60];
	/* by what was shown, and by what is real */
	struct shown_entry {
		_Atomic uint64_t key; /* 0 = free or being written */
		_Atomic uint32_t age;
		struct shown_pair pair;
	} entries[2][SHOWN_SETS][SHOWN_WAYS];
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
