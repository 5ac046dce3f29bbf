/* SPDX-License-Identifier: MIT */
/* One process's view of the table of addresses and domains, and the hints in it: they say at once, of most
 * addresses, whose they are. No lock, no call; async-signal-safe. */
#ifndef BOND_DNS_TABLE_VIEW_H
#define BOND_DNS_TABLE_VIEW_H

#include <stdatomic.h>

#include "config/model.h"

#define TABLE_DOMAINS_MAX 4096
#define TABLE_PLACES_MAX 512 /* of one domain; a new one takes the place of the one seen longest ago */

enum table_state {
	TABLE_UNKNOWN,  /* no answer yet: the text of a message decides */
	TABLE_ANSWERED, /* its addresses are known */
	TABLE_EMPTY,    /* DNS says that there is none */
	TABLE_PARTIAL,  /* some addresses are known, some questions were never answered: the text too */
	TABLE_FULL      /* not all of its addresses found room: the text too */
};

/* Whether the text of a message still decides for a domain in that state, besides its addresses. */
static inline bool table_state_waits(uint8_t state)
{
	return state == TABLE_UNKNOWN || state >= TABLE_PARTIAL;
}

enum table_counter {
	TABLE_FULL_ADDRESSES, /* an address found no room */
	TABLE_FULL_DOMAINS,
	TABLE_FULL_NAMES,
	TABLE_LEARNT,   /* addresses that came from a host's own look-up */
	TABLE_LOCKED,   /* a write was given up: the lock was not to be had */
	TABLE_REPAIRED, /* a writer died in the middle */
	TABLE_COUNTERS
};

struct table_head;
struct table_entry;
struct table_domain;
struct table_alias;

/* One process's view; small, private, made by table_attach(). */
struct table {
	struct table_head *head;
	const _Atomic uint64_t *hints; /* see table_hint() */
	/* Changes after each change that a reader could see. The table's own, or one that its user shares
	 * with other reasons to look again. */
	_Atomic uint32_t *generation;
	struct table_entry *entries;
	struct table_domain *domains;
	struct table_alias *aliases;
	uint64_t seed;
	uint32_t hint_mask;
	uint32_t entry_mask;
	uint32_t domain_max;
};

static inline uint64_t table_hash(const struct table *t, const struct addr *a)
{
	uint64_t half[2];
	memcpy(half, a->ip, sizeof(half));
	/* turned round, so that the last octets reach all upper bits of the product */
	half[1] = half[1] << 32 | half[1] >> 32;
	return (half[1] ^ t->seed ^ half[0] * 0x9e3779b97f4a7c15) * 0xd6e8feb86659fd93;
}

/* What is known at once of all addresses of one hash: 0 = none of them is in the table; else of IPv4
 * the one that is there and its only domain; or, with TABLE_SEVERAL, that the entries must be asked.
 * Whoever makes addresses collide gains nothing but that. */
#define TABLE_SEVERAL (UINT64_C(1) << 48)
#define TABLE_HINT (UINT64_C(1) << 49)

static inline uint32_t hint_ip(uint64_t hint)
{
	return (uint32_t)hint;
}
static inline uint16_t hint_domain(uint64_t hint)
{
	return (uint16_t)(hint >> 32);
}

/* key: four octets as they stand in memory, or a hash of an IPv6 address. */
static inline uint32_t table_hint_place(const struct table *t, uint32_t key)
{
	return (uint32_t)(key * UINT64_C(0x5e3779b1) >> 24) & t->hint_mask;
}

static inline uint64_t table_hint(const struct table *t, uint32_t key)
{
	return atomic_load_explicit(&t->hints[table_hint_place(t, key)], memory_order_acquire);
}

static inline uint32_t table_hint_key(const struct table *t, const struct addr *a)
{
	uint32_t four;
	memcpy(&four, a->ip + 12, sizeof(four));
	return a->family == AF_INET ? four : (uint32_t)(table_hash(t, a) >> 32);
}

#endif
