/* SPDX-License-Identifier: MIT */
/* The places in a table: slots of its entries. For its writers, under the lock. */
#ifndef BOND_DNS_TABLE_SLOTS_H
#define BOND_DNS_TABLE_SLOTS_H

#include "table_view.h"

/* The domain has that place, seen now (seconds); beyond TABLE_PLACES_MAX those seen longest ago give way.
 * 0, ENOSPC. */
int slots_put(struct table *t, const struct addr *a, uint16_t number, uint16_t port,
	uint8_t transport, uint32_t now);

/* Takes away slots of a domain that were not seen since `since`. */
void slots_drop(struct table *t, uint16_t number, uint32_t since);

/* Counts anew what is in use: a writer died in the middle. */
void slots_recount(struct table *t);

#endif
