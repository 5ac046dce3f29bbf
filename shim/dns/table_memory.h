/* SPDX-License-Identifier: MIT */
/* The memory of a table: how much it is, made, and found again. */
#ifndef BOND_DNS_TABLE_MEMORY_H
#define BOND_DNS_TABLE_MEMORY_H

#include "table_view.h"

/* Bytes for that many domains and addresses (both rounded up); 0 if more than the table can do. */
size_t table_size(uint32_t domains, uint32_t addresses);

/* Makes an empty table in zeroed memory, aligned to 64 bytes, at least table_size(). 0, EINVAL, or
 * an error of pthread_mutex_init. */
int table_format(void *area, size_t size, uint32_t domains, uint32_t addresses);

/* Fills in t for a table that is in area. 0; EINVAL if there is none, or one of another build. */
int table_attach(struct table *t, void *area, size_t size);

#endif
