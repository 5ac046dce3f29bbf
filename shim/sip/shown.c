/* SPDX-License-Identifier: MIT */
/* An entry counts only while its key is the same before and after it was copied. */
#include "shown.h"

enum { BY_SHOWN, BY_REAL };

_Static_assert(sizeof(struct shown_entry) == 64, "one cache line an entry");

static uint64_t key_of(enum transport transport, const struct addr *a)
{
	const uint64_t mix = UINT64_C(0x9E3779B97F4A7C15);
	uint64_t low, high;

	memcpy(&high, a->ip, sizeof(high));
	memcpy(&low, a->ip + 8, sizeof(low));
	return ((((high * mix) ^ low) * mix ^ a->port) * mix ^ transport) | 1;
}

static size_t set_of(uint64_t key)
{
	return (key * UINT64_C(0x9E3779B97F4A7C15)) >> 53;
}

static bool is_same(const struct addr *a, const struct addr *b)
{
	return a->family == b->family && addr_equal(a, b);
}

static void keep(struct shown_table *t, int by, uint64_t key, const struct shown_pair *pair)
{
	struct shown_entry *set = t->entries[by][set_of(key)], *oldest = set;

	for (int i = 0; i < SHOWN_WAYS; i++) {
		if (atomic_load(&set[i].key) == key &&
			(by == BY_SHOWN || is_same(&set[i].pair.shown, &pair->shown))) {
			oldest = &set[i];
			break;
		}
		if ((int32_t)(atomic_load(&set[i].age) - atomic_load(&oldest->age)) < 0)
			oldest = &set[i];
	}
	atomic_store(&oldest->key, 0);
	oldest->pair = *pair;
	atomic_store(&oldest->age, atomic_fetch_add(&t->clock, 1) + 1);
	atomic_store_explicit(&oldest->key, key, memory_order_release);
}

void shown_keep(struct shown_table *t, enum transport transport, const struct shown_pair *pair)
{
	if (!t)
		return;
	keep(t, BY_REAL, key_of(transport, &pair->real), pair);
	keep(t, BY_SHOWN, key_of(transport, &pair->shown), pair);
}

/* The first in its set from way `from` on; which it is, or SHOWN_WAYS. */
static unsigned find(const struct shown_table *t, int by, uint64_t key, unsigned from,
	struct shown_pair *pair)
{
	const struct shown_entry *set = t->entries[by][set_of(key)];

	for (; from < SHOWN_WAYS; from++) {
		if (atomic_load_explicit(&set[from].key, memory_order_acquire) != key)
			continue;
		struct shown_pair copy = set[from].pair;
		atomic_thread_fence(memory_order_acquire);
		if (atomic_load(&set[from].key) != key)
			continue;
		*pair = copy;
		break;
	}
	return from;
}

/* By the address as it is, then as 0.0.0.0, then as ::, which may take IPv4 too. *at: the way in the
 * first's set, in the second's, in the third's. */
static bool find_any(const struct shown_table *t, int by, enum transport transport,
	const struct addr *a, unsigned *at, struct shown_pair *pair)
{
	struct addr any = {.port = a->port, .family = AF_INET, .ip = {[10] = 0xff, [11] = 0xff}};

	if (!t || !atomic_load_explicit(&t->clock, memory_order_relaxed))
		return false;
	for (unsigned turn = *at / SHOWN_WAYS; turn < 3; turn++) {
		if (turn == 2)
			memset(any.ip, 0, sizeof(any.ip));
		if (turn == 1 && a->family != AF_INET)
			continue;
		unsigned from = *at / SHOWN_WAYS == turn ? *at % SHOWN_WAYS : 0;
		from = find(t, by, key_of(transport, turn ? &any : a), from, pair);
		*at = turn * SHOWN_WAYS + from + 1;
		if (from < SHOWN_WAYS)
			return true;
		*at = (turn + 1) * SHOWN_WAYS;
	}
	return false;
}

bool shown_find(const struct shown_table *t, enum transport transport, const struct addr *shown,
	struct shown_pair *pair)
{
	unsigned at = 0;

	return find_any(t, BY_SHOWN, transport, shown, &at, pair);
}

bool shown_find_real(const struct shown_table *t, enum transport transport, const struct addr *real,
	unsigned *at, struct shown_pair *pair)
{
	return find_any(t, BY_REAL, transport, real, at, pair);
}
