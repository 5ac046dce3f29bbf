/* SPDX-License-Identifier: MIT */
/* What is written to a table: by the resolver, and by the hooks of the host's own look-ups. It takes a
 * robust mutex in the same memory; never from a signal handler that might hold it: such a call is
 * refused. */
#ifndef BOND_DNS_TABLE_WRITE_H
#define BOND_DNS_TABLE_WRITE_H

#include "place.h"
#include "table_view.h"

/* The number of the domain, which is made if need be. 0, ENOSPC (full, counted), ETIMEDOUT, EINVAL. */
int table_domain_add(
	struct table *t, const char *name, uint16_t port, bool wildcard, uint16_t *number);

/* What a refresh has to say. */
enum table_extent {
	TABLE_PART,  /* not all was answered, or not yet: what is known already stays */
	TABLE_WHOLE, /* every question was answered: what it no longer says goes in time */
	TABLE_CUT    /* there is more than can be kept at all: state TABLE_FULL */
};

/* What a refresh found. Of TABLE_WHOLE only places not seen for `keep` seconds are dropped. now:
 * seconds, the same clock in all processes, not 0. 0, ETIMEDOUT (nothing was changed), ENOSPC (some
 * did not fit, counted; state TABLE_FULL until all do). */
int table_put(struct table *t, uint16_t number, const struct dns_place *places, unsigned count,
	const struct dns_name *names, unsigned name_count, enum table_extent extent, uint32_t keep,
	uint32_t now);

/* A refresh that failed: all stays as it is. */
void table_failed(struct table *t, uint16_t number);

/* DNS says that the domain has no address: what was not seen since `since` goes, state TABLE_EMPTY.
 * 0 or ETIMEDOUT. */
int table_clear(struct table *t, uint16_t number, uint32_t since);

/* Nothing of the domain stays, state TABLE_UNKNOWN. 0 or ETIMEDOUT. */
int table_forget(struct table *t, uint16_t number);

/* The same, and its number may be another one's from now on: nobody means it any more. Not while bondctl may
 * take numbers (preload/housekeeping/writer.h). */
int table_free(struct table *t, uint16_t number);

/* The host itself found that name has this address. Adds it to each domain and wildcard that the
 * name, or an SRV or NAPTR that led to it, belongs to. Returns how many. */
unsigned table_learn_address(struct table *t, const char *name, const struct addr *a, uint32_t now);

/* The host itself found that `name` leads to the name n (SRV or NAPTR). Returns as above. */
unsigned table_learn_name(
	struct table *t, const char *name, const struct dns_name *n, uint32_t now);

#endif
