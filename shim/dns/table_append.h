/* SPDX-License-Identifier: MIT */
/* More domains for the table of a running host, by who has only a copy of it and writes to the file: the
 * lock in it is nobody's outside of the host. Which domains there are is written in the constructor and, later,
 * by one writer of rules at a time. */
#ifndef BOND_DNS_TABLE_APPEND_H
#define BOND_DNS_TABLE_APPEND_H

#include <stddef.h>

#include "table_view.h"

/* Bits by number: which domains somebody may mean, whether or not they are in use; and which are new. */
struct table_numbers {
	uint8_t bits[TABLE_DOMAINS_MAX / 8];
};
static inline bool table_numbers_has(const struct table_numbers *n, uint16_t number)
{
	return number < TABLE_DOMAINS_MAX && n->bits[number / 8] >> number % 8 & 1;
}
static inline void table_numbers_add(struct table_numbers *n, uint16_t number)
{
	if (number < TABLE_DOMAINS_MAX)
		n->bits[number / 8] |= (uint8_t)(1 << number % 8);
}

/* The number of the domain, which is added to the copy if need be, and to `added` then: name in lower case,
 * without final dot. It is a new one, or one that is not in use and that nobody means. 0; ENOSPC = there is
 * none; EINVAL = too long. */
int table_append(struct table *copy, const char *name, uint16_t port, bool wildcard,
	const struct table_numbers *meant, struct table_numbers *added, uint16_t *number);

/* What is to be written of a new domain, by its distance from the table's begin: its name and what
 * kind it is; then that it is in use; and, when all of them are, how many there are. */
struct table_bytes {
	size_t at, size;
	const void *p;
};
struct table_bytes table_bytes_of_name(const struct table *copy, uint16_t number);
struct table_bytes table_bytes_of_kind(const struct table *copy, uint16_t number);
struct table_bytes table_bytes_of_use(const struct table *copy, uint16_t number);
struct table_bytes table_bytes_of_count(const struct table *copy);

#endif
