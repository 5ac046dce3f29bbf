/* SPDX-License-Identifier: MIT */
/* The host's addresses to which dialogs came in, of wildcard listeners, which have many: a cache that all
 * processes of the host share, in which the latest stay. */
#ifndef BOND_SEGMENT_DIALOGS_H
#define BOND_SEGMENT_DIALOGS_H

#include "base/cache.h"
#include "config/addr.h"

#define DIALOGS_BITS 13 /* 32,768 dialogs in 2 MiB */

struct dialogs {
	_Atomic uint32_t clock;
	_Atomic bool any;
	uint8_t pad[56];
	struct cache_entry sets[1 << DIALOGS_BITS][CACHE_WAYS];
};

/* Keeps or finds the address to which a dialog's request came (key: arrival_read(),
 * arrival_formed_dialog(); 0 is none). The first one voids kept decisions. d may be NULL here and below:
 * there is no memory. */
void dialogs_keep(struct dialogs *d, _Atomic uint32_t *generation, uint64_t key, const struct addr *at);
bool dialogs_find(const struct dialogs *d, uint64_t key, struct addr *at);

/* Whether any was kept. */
static inline bool dialogs_any(const struct dialogs *d)
{
	return d && atomic_load_explicit(&d->any, memory_order_acquire);
}

#endif
