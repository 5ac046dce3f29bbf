/* SPDX-License-Identifier: MIT */
/* A pair is kept twice, by both its names; its age is its turn among all that were kept. */
#include "shown.h"

#include "base/hash.h"

_Static_assert(sizeof(struct shown_pair) == CACHE_VALUE_MAX, "a pair fits");

static uint64_t key_of(enum transport transport, const struct addr *a)
{
	uint64_t low, high;

	memcpy(&high, a->ip, sizeof(high));
	memcpy(&low, a->ip + 8, sizeof(low));
	return (hash_mix(hash_mix(hash_mix(high) ^ low) ^ a->port) ^ transport) | 1;
}

static bool is_same(const struct addr *a, const struct addr *b)
{
	return a->family == b->family && addr_equal(a, b);
}

/* Where the pair is written in its set by what is real, which it may share with other pairs. */
static struct cache_entry *place_by_real(struct cache_entry *set, uint64_t key, const struct shown_pair *pair)
{
	struct cache_entry *oldest = set;

	for (unsigned i = 0; i < CACHE_WAYS; i++) {
		struct shown_pair there;
		memcpy(&there, set[i].value, sizeof(there));
		if (atomic_load(&set[i].key) == key && is_same(&there.shown, &pair->shown))
			return &set[i];
		if (cache_is_older(&set[i], oldest))
			oldest = &set[i];
	}
	return oldest;
}

void shown_keep(struct shown_table *t, enum transport transport, const struct shown_pair *pair)
{
	if (!t)
		return;
	uint64_t real = key_of(transport, &pair->real), shown = key_of(transport, &pair->shown);
	struct cache_entry *by_real = t->by_real[cache_set(real, SHOWN_BITS)];
	struct cache_entry *by_shown = t->by_shown[cache_set(shown, SHOWN_BITS)];
	uint64_t stamp = cache_stamp(atomic_fetch_add(&t->clock, 1) + 1, 0);
	cache_write(place_by_real(by_real, real, pair), real, stamp, pair, sizeof(*pair));
	cache_write(cache_place(by_shown, shown), shown, stamp, pair, sizeof(*pair));
}

/* By the address as it is, then as 0.0.0.0, then as ::, which may take IPv4 too. *at: the way in the
 * first's set, in the second's, in the third's. */
static bool find_any(const struct shown_table *t, const struct cache_entry (*sets)[CACHE_WAYS],
	enum transport transport, const struct addr *a, unsigned *at, struct shown_pair *pair)
{
	struct addr any = {.port = a->port, .family = AF_INET, .ip = {[10] = 0xff, [11] = 0xff}};
	uint64_t stamp;

	if (!atomic_load_explicit(&t->clock, memory_order_relaxed))
		return false;
	for (unsigned turn = *at / CACHE_WAYS; turn < 3; turn++) {
		if (turn == 2)
			memset(any.ip, 0, sizeof(any.ip));
		if (turn == 1 && a->family != AF_INET)
			continue;
		unsigned from = *at / CACHE_WAYS == turn ? *at % CACHE_WAYS : 0;
		uint64_t key = key_of(transport, turn ? &any : a);
		from = cache_find(sets[cache_set(key, SHOWN_BITS)], from, key, pair, sizeof(*pair), &stamp);
		*at = turn * CACHE_WAYS + from + 1;
		if (from < CACHE_WAYS)
			return true;
		*at = (turn + 1) * CACHE_WAYS;
	}
	return false;
}

bool shown_find(const struct shown_table *t, enum transport transport, const struct addr *shown,
	struct shown_pair *pair)
{
	unsigned at = 0;

	return t && find_any(t, t->by_shown, transport, shown, &at, pair);
}

bool shown_find_real(const struct shown_table *t, enum transport transport, const struct addr *real,
	unsigned *at, struct shown_pair *pair)
{
	return t && find_any(t, t->by_real, transport, real, at, pair);
}
