/* SPDX-License-Identifier: MIT */
/* More domains for the table of a running host, by who has only a copy of it and writes to the file: the
 * lock in it is nobody's outside of the host. Which domains there are is written in the constructor and, later,
 * by one writer of rules at a time. */
#ifndef BOND_DNS_TABLE_APPEND_H
#define BOND_DNS_TABLE_APPEND_H

#include <stddef.h>

#include "table_view.h"

/* The number of the domain, which is added to the copy if need be: name in lower case, without final dot. 0;
 * ENOSPC = the table is full; EINVAL = too long. */
int table_append(struct table *copy, const char *name, uint16_t port, bool wildcard, uint16_t *number);

/* How many there are in the copy. */
uint16_t table_domains(const struct table *copy);

/* What is to be written of domain `number`, by its distance from the table's begin; and, when all of them
 * are, how many there are. */
struct table_bytes {
	size_t at, size;
	const void *p;
};
struct table_bytes table_bytes_of_domain(const struct table *copy, uint16_t number);
struct table_bytes table_bytes_of_count(const struct table *copy);

#endif
