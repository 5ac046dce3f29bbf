/* SPDX-License-Identifier: MIT */
/* What getsockname() is to show of steered connections, found by the socket's cookie, because the
 * descriptor may travel to a process that never saw the connect(): a cache that all processes of the host
 * share, in which the latest stay. */
#ifndef BOND_SEGMENT_SOCKNAMES_H
#define BOND_SEGMENT_SOCKNAMES_H

#include "base/cache.h"
#include "config/addr.h"

#define SOCKNAMES_BITS 11 /* 8,192 names in 512 KiB */

struct socknames {
	_Atomic uint32_t clock;
	uint8_t pad[60];
	struct cache_entry sets[1 << SOCKNAMES_BITS][CACHE_WAYS];
};

/* Keeps that the connection of this SO_COOKIE was steered, and its name (family 0: the true one); or no
 * longer. cookie 0 is none. s may be NULL here and below: there is no memory. */
void socknames_keep(struct socknames *s, uint64_t cookie, const struct addr *name);
void socknames_forget(struct socknames *s, uint64_t cookie);

/* Whether any process kept it; fills in name then, else leaves it alone. */
bool socknames_find(const struct socknames *s, uint64_t cookie, struct addr *name);

#endif
