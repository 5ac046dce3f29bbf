/* SPDX-License-Identifier: MIT */
/* How a table lies in memory; for who reads or writes its parts, and the tests that damage it. Offsets
 * only, each part begins at a cache line:
 *
 *	table_head     hints             entries             domains           aliases
 *	+-----------+-----------------+-------------------+-----------------+-------------------+
 *	| magic     | 8 octets each:  | an address and    | a name and what | a name's hash     |
 *	| sizes     | whose are the   | up to six of its  | is known of it  | and a domain that |
 *	| counters  | addresses of    | places; found by  |                 | it leads to       |
 *	| lock      | that hash       | the address' hash |                 |                   |
 *	+-----------+-----------------+-------------------+-----------------+-------------------+
 *	              hint_count        entry_count         domain_max        entry_count
 *
 * An entry, three cache lines; `version & 1` says which copy holds:
 *
 *	  0         8                  80                 152       176      192
 *	+---------+------------------+------------------+---------+--------+
 *	| version | copy 0           | copy 1           | seen    | spare  |
 *	+---------+------------------+------------------+---------+--------+
 *	            ip 16, used 8, slots 6 x 8            6 x 4
 *
 * Words in it, and the hint, by bits from the lowest:
 *
 *	slot    0-15 domain    16-31 port      32-34 transport
 *	used    0-7 slots      8 TABLE_MORE    9 TABLE_SINGLE   16-31 its domain
 *	hint    0-31 address   32-47 domain    48 TABLE_SEVERAL 49 TABLE_HINT
 */
#ifndef BOND_DNS_TABLE_LAYOUT_H
#define BOND_DNS_TABLE_LAYOUT_H

#include <pthread.h>

#include "base/generation.h"
#include "table_view.h"

#define TABLE_MAGIC UINT64_C(0x3330656c62617462) /* "btable03": another layout, another number */
#define TABLE_SLOTS 6
#define TABLE_PROBES 32 /* entries looked at for one address */
#define TABLE_ALIAS_PROBES 8

/* An address and up to six of its (domain, port, transport). An address with more has further
 * entries behind, and TABLE_MORE set in each. */
struct table_copy {
	_Atomic uint64_t ip[2];
	_Atomic uint64_t used;               /* slots in use from the first, and the flags below */
	_Atomic uint64_t slots[TABLE_SLOTS]; /* see table_slot() */
};
#define TABLE_MORE UINT64_C(0x100)
#define TABLE_SINGLE UINT64_C(0x200) /* all slots are of one domain: table_single() */

static inline uint16_t table_single(uint64_t used)
{
	return (uint16_t)(used >> 16);
}

/* Copy `version & 1` holds; a writer fills in the other one, then counts up. So a writer that is
 * stopped or dies leaves an entry that can be read. Version 0: no entry ever was here, a search
 * ends. */
struct table_entry {
	_Atomic uint64_t version;
	struct table_copy copies[2];
	_Atomic uint32_t seen[TABLE_SLOTS]; /* for writers only */
	uint64_t spare[2];
};

_Static_assert(sizeof(struct table_entry) == 192, "three cache lines");

static inline uint64_t table_slot(uint16_t domain, uint16_t port, uint8_t transport)
{
	return (uint64_t)domain | (uint64_t)port << 16 | (uint64_t)transport << 32;
}
static inline uint16_t slot_domain(uint64_t s)
{
	return (uint16_t)s;
}
static inline uint16_t slot_port(uint64_t s)
{
	return (uint16_t)(s >> 16);
}
static inline uint8_t slot_transport(uint64_t s)
{
	return (uint8_t)(s >> 32) & 7;
}

/* Entry n of the search for that hash. */
static inline struct table_entry *table_probe(const struct table *t, uint64_t hash, uint32_t n)
{
	uint64_t x = (hash ^ hash >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
	return &t->entries[((uint32_t)(x >> 32) + n) & t->entry_mask];
}

/* Name, port and wildcard are written while it is not in use: before `count` of the head tells of it, or after
 * it was freed, which its writers do under the lock. Who has only the file takes one that is not in use. */
struct table_domain {
	_Atomic uint32_t state;
	_Atomic uint32_t refreshed;
	_Atomic uint32_t failures;
	_Atomic uint32_t places; /* slots of it; for writers */
	_Atomic uint32_t left_out;
	uint64_t hash;
	uint16_t port;
	uint8_t wildcard; /* 0 or 1 */
	_Atomic uint8_t used; /* so */
	char name[256];
};

/* A name, by its hash, that leads to a domain. Read and written under the lock, but for `hash`. */
struct table_alias {
	_Atomic uint64_t hash; /* 0 = free */
	uint16_t domain;
	uint16_t port;
	uint8_t transport;
	uint32_t seen;
};

static inline struct table_alias *table_alias_probe(
	const struct table *t, uint64_t hash, uint32_t n)
{
	return &t->aliases[((uint32_t)(hash >> 32) + n) & t->entry_mask];
}

struct table_head {
	uint64_t magic;
	uint64_t seed;
	uint64_t size;
	uint32_t domain_max;
	uint32_t entry_count; /* a power of two; aliases are as many */
	uint32_t hint_count; /* a power of two */
	_Atomic uint32_t domain_count;
	_Atomic uint32_t address_count; /* entries in use */
	_Atomic uint32_t generation;
	_Atomic uint64_t counters[TABLE_COUNTERS];
	pthread_mutex_t lock;
};

/* For writers, under the lock: a word as it is, and one that readers may find from now on. */
static inline uint64_t table_word(const _Atomic uint64_t *p)
{
	return atomic_load_explicit(p, memory_order_relaxed);
}
static inline void table_set_word(_Atomic uint64_t *p, uint64_t v)
{
	atomic_store_explicit(p, v, memory_order_release);
}

/* Readers have reason to look again. */
static inline void table_changed(struct table *t)
{
	generation_next(t->generation);
}

#endif
