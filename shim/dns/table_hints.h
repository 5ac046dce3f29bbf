/* SPDX-License-Identifier: MIT */
/* The hints of a table, kept by its writers under the lock. */
#ifndef BOND_DNS_TABLE_HINTS_H
#define BOND_DNS_TABLE_HINTS_H

#include "table_view.h"

/* Before the address gets a slot of that domain; before it loses one, after which the hints have to be
 * made anew; and all of them anew. Readers find the entries right at any time between. */
void table_hint_set(struct table *t, const uint64_t ip[2], uint16_t domain);
void table_hint_unset(struct table *t, const uint64_t ip[2]);
void table_hints_rebuild(struct table *t);

#endif
