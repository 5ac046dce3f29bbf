/* SPDX-License-Identifier: MIT */
/* The domains of a table and what is known of each; for who reads a table as a whole, tools and writers.
 * No lock; any bytes at all are read within bounds. */
#ifndef BOND_DNS_TABLE_DOMAINS_H
#define BOND_DNS_TABLE_DOMAINS_H

#include "table_view.h"

struct table_domain_info {
	char name[272];     /* "*." in front of a wildcard, ":port" behind where the INI has one */
	uint8_t state;      /* enum table_state */
	uint32_t refreshed; /* seconds of the caller's clock, 0 = never */
	uint32_t failures;  /* in a row */
	uint32_t places;    /* (address, port, transport) known of it */
	uint32_t left_out;  /* of the last refresh: those that found no room */
};

/* One more than the greatest number that a domain ever had, and how many are in use. */
uint16_t table_domains(const struct table *t);
uint16_t table_domains_used(const struct table *t);

/* The number of a domain; it stays the same as long as it is in use, also over a reload. 0 or ENOENT. */
int table_domain_find(
	const struct table *t, const char *name, uint16_t port, bool wildcard, uint16_t *number);

/* 0; ENOENT = nobody uses that number. */
int table_domain_describe(const struct table *t, uint16_t number, struct table_domain_info *info);

/* A place of a domain as the table has it. */
struct table_place {
	struct addr addr; /* port 0 = any: no service told of it */
	uint8_t transport;
	uint32_t seen; /* last; seconds of the caller's clock */
};

/* The first `max` places of a domain, in no order; returns how many. For tools: goes over the whole
 * table. */
unsigned table_places(
	const struct table *t, uint16_t number, struct table_place *places, unsigned max);

/* Whether table_learn_*() could find anything for name; without the lock. */
bool table_interested(const struct table *t, const char *name);

/* Since the table was made, and now. */
uint64_t table_count(const struct table *t, enum table_counter c);
uint32_t table_addresses(const struct table *t);

/* 64-bit hash of a name, never 0. */
uint64_t table_hash_name(const struct table *t, const char *name, size_t n);

struct table_domain;

/* Whether domain d is meant by name: itself, or under it if d is a wildcard. */
bool table_domain_means(const struct table *t, const struct table_domain *d, const char *name);

#endif
