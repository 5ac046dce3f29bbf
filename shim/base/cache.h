/* SPDX-License-Identifier: MIT */
/* A cache in memory that processes share: sets of four entries of a cache line each, in which the oldest
 * gives way. Readers and writers of any process meet here without a lock: an entry is valid only while
 * its key is the same before and after its value was copied, and the key is written last.
 *
 *	0        8        16                          64
 *	| key    | stamp  | value                     |
 *	           age << 32 | check
 *
 * PURE; async-signal-safe. */
#ifndef BOND_BASE_CACHE_H
#define BOND_BASE_CACHE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "hash.h"

#define CACHE_WAYS 4 /* of a set */
#define CACHE_VALUE_MAX 48

struct cache_entry {
	_Atomic uint64_t key;   /* 0 = free or being written */
	_Atomic uint64_t stamp; /* see cache_stamp() */
	char value[CACHE_VALUE_MAX];
};
_Static_assert(sizeof(struct cache_entry) == 64, "one cache line an entry");

/* When an entry was kept, in whatever unit (the lowest goes first, counted in a circle), and 32 bits that
 * are the user's: two writers at a time may have made an entry of both their values. */
static inline uint64_t cache_stamp(uint32_t age, uint32_t check)
{
	return (uint64_t)age << 32 | check;
}

static inline uint32_t cache_age(uint64_t stamp)
{
	return (uint32_t)(stamp >> 32);
}

/* Where a key is among 1 << bits sets. */
static inline size_t cache_set(uint64_t key, unsigned bits)
{
	return hash_mix(key) >> (64 - bits);
}

/* Copies the value of n bytes of the first entry of that key, from way `from` on; which way it is, or
 * CACHE_WAYS. */
static inline unsigned cache_find(const struct cache_entry *set, unsigned from, uint64_t key, void *value,
	size_t n, uint64_t *stamp)
{
	for (; from < CACHE_WAYS; from++) {
		char copy[CACHE_VALUE_MAX];
		if (atomic_load_explicit(&set[from].key, memory_order_acquire) != key)
			continue;
		uint64_t found = atomic_load_explicit(&set[from].stamp, memory_order_relaxed);
		memcpy(copy, set[from].value, n);
		atomic_thread_fence(memory_order_acquire);
		if (atomic_load(&set[from].key) != key)
			continue;
		memcpy(value, copy, n);
		*stamp = found;
		break;
	}
	return from;
}

/* Whether a is to give way before b. */
static inline bool cache_is_older(const struct cache_entry *a, const struct cache_entry *b)
{
	return (int32_t)(cache_age(atomic_load(&a->stamp)) - cache_age(atomic_load(&b->stamp))) < 0;
}

/* Where to write a value of that key: over the last one, or the oldest. */
static inline struct cache_entry *cache_place(struct cache_entry *set, uint64_t key)
{
	struct cache_entry *oldest = set;

	for (unsigned i = 0; i < CACHE_WAYS; i++) {
		if (atomic_load(&set[i].key) == key)
			return &set[i];
		if (cache_is_older(&set[i], oldest))
			oldest = &set[i];
	}
	return oldest;
}

static inline void cache_write(struct cache_entry *e, uint64_t key, uint64_t stamp, const void *value, size_t n)
{
	atomic_store(&e->key, 0);
	memcpy(e->value, value, n);
	atomic_store(&e->stamp, stamp);
	atomic_store_explicit(&e->key, key, memory_order_release);
}

static inline void cache_forget(struct cache_entry *set, uint64_t key)
{
	for (unsigned i = 0; i < CACHE_WAYS; i++) {
		uint64_t is = key;
		atomic_compare_exchange_strong(&set[i].key, &is, 0);
	}
}

#endif
