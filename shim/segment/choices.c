/* SPDX-License-Identifier: MIT */
/* A choice holds for a time, and the first one made of a transaction: its age is the second in which it
 * was kept. */
#include "choices.h"


#include "base/generation.h"
#include "base/hash.h"
#include "base/seconds.h"

#define CHOICE_SECONDS 300

_Static_assert(sizeof(struct choice) <= CACHE_VALUE_MAX, "a choice fits");

static uint32_t stamp_now(void)
{
	return (seconds_now() & 0x7fffffff) | 1; /* never 0; a second more or less */
}

static uint64_t key_of(uint64_t transaction, const struct addr *dst)
{
	uint64_t low, high;

	memcpy(&high, dst->ip, sizeof(high));
	memcpy(&low, dst->ip + 8, sizeof(low));
	return (hash_mix(transaction ^ low) ^ high ^ (uint64_t)dst->port << 1) | 1;
}

static uint32_t sum_of(uint64_t key, const struct choice *c)
{
	uint64_t low, high, more = (uint64_t)c->at.scope << 32 | (uint32_t)c->at.port << 16;

	memcpy(&high, c->at.ip, sizeof(high));
	memcpy(&low, c->at.ip + 8, sizeof(low));
	more = more * 3 + ((uint64_t)c->arrived << 32) +
		((uint32_t)c->at.family << 16 | (uint32_t)c->transport << 8 | c->is_listener);
	more = hash_mix(more ^ ((uint64_t)c->bond << 32 | c->called)) + c->route;
	more += ((uint64_t)c->rules << 32 | (uint32_t)c->to << 16 | c->key) * 5;
	key = hash_mix(key ^ low);
	key = (key ^ key >> 29 ^ high) * UINT64_C(0xBF58476D1CE4E5B9);
	key = (key ^ key >> 32 ^ more) * UINT64_C(0x94D049BB133111EB);
	return (uint32_t)(key >> 32);
}

static bool counts(uint32_t at, uint32_t now)
{
	return at && (int32_t)(now - at) <= CHOICE_SECONDS;
}

bool choices_still_any(struct choices *c)
{
	uint32_t last = atomic_load_explicit(&c->kept_at, memory_order_acquire);

	if (counts(last, stamp_now()))
		return true;
	/* none counts any more, unless one is being kept just now */
	atomic_compare_exchange_strong(&c->kept_at, &last, 0);
	return false;
}

bool choices_find(const struct choices *c, uint64_t transaction, const struct addr *dst,
	struct choice *choice)
{
	struct choice found;
	uint64_t stamp;

	if (!c || !transaction)
		return false;
	uint64_t key = key_of(transaction, dst);
	const struct cache_entry *set = c->sets[cache_set(key, CHOICES_BITS)];
	if (cache_find(set, 0, key, &found, sizeof(found), &stamp) == CACHE_WAYS ||
		(uint32_t)stamp != sum_of(key, &found) || !counts(cache_age(stamp), stamp_now()))
		return false;
	*choice = found;
	return true;
}

bool choices_keep(struct choices *c, _Atomic uint32_t *generation, uint64_t transaction,
	const struct addr *dst, const struct choice *choice)
{
	if (!c || !transaction)
		return false;
	uint64_t key = key_of(transaction, dst);
	uint32_t now = stamp_now();
	struct cache_entry *e = cache_place(c->sets[cache_set(key, CHOICES_BITS)], key);
	uint64_t before = atomic_load(&e->key);
	bool holds = before && counts(cache_age(atomic_load(&e->stamp)), now);
	if (before == key && holds)
		return false; /* the first decision counts */
	cache_write(e, key, cache_stamp(now, sum_of(key, choice)), choice, sizeof(*choice));
	/* what was decided by addresses alone may not hold for this transaction */
	if (!counts(atomic_exchange(&c->kept_at, now), now))
		generation_next(generation);
	return holds;
}

uint16_t choices_to(const struct addr *dst)
{
	return (uint16_t)(hash_mix(key_of(0, dst)) >> 48);
}

/* By the transaction alone, or, beside, by where it went, + 1. */
static uint64_t begun_key(uint64_t transaction, uint32_t to)
{
	return hash_mix(transaction ^ (uint64_t)to << 32) | 1;
}

/* The one of that key that counts. */
static bool find_begun(const struct choices *c, uint64_t key, uint32_t now, struct choice *choice)
{
	uint64_t stamp;

	return cache_find(c->sets[cache_set(key, CHOICES_BITS)], 0, key, choice, sizeof(*choice), &stamp) != CACHE_WAYS &&
		(uint32_t)stamp == sum_of(key, choice) && counts(cache_age(stamp), now);
}

void choices_note(struct choices *c, uint64_t transaction, const struct addr *dst, const struct choice *choice)
{
	struct choice first, noted = *choice;

	if (!c || !transaction)
		return;
	uint32_t now = stamp_now();
	uint64_t key = begun_key(transaction, 0);
	noted.to = choices_to(dst);
	/* the first counts; what goes elsewhere beside it is known by that */
	if (find_begun(c, key, now, &first)) {
		if (first.to == noted.to)
			return;
		key = begun_key(transaction, noted.to + 1u);
		if (find_begun(c, key, now, &first))
			return;
	}
	cache_write(cache_place(c->sets[cache_set(key, CHOICES_BITS)], key), key,
		cache_stamp(now, sum_of(key, &noted)), &noted, sizeof(noted));
}

void choices_forget(struct choices *c, uint64_t transaction)
{
	uint64_t key = begun_key(transaction, 0);

	if (c && transaction)
		cache_forget(c->sets[cache_set(key, CHOICES_BITS)], key);
}

bool choices_begun(const struct choices *c, uint64_t transaction, const struct addr *dst, struct choice *choice)
{
	uint32_t now = stamp_now();
	uint16_t to = choices_to(dst);
	struct choice beside;

	if (!c || !transaction || !find_begun(c, begun_key(transaction, 0), now, choice))
		return false;
	if (choice->to != to && find_begun(c, begun_key(transaction, to + 1u), now, &beside))
		*choice = beside;
	return true;
}

uint32_t choices_renewed(struct choices *c, _Atomic uint32_t *generation, uint32_t rules)
{
	uint32_t now = stamp_now();

	if (!c)
		return 0;
	uint64_t before = atomic_load(&c->renewed), after;
	do {
		/* a process that comes late does not begin it again */
		if ((uint32_t)(before >> 32) >= rules)
			return (uint32_t)before;
		after = (uint64_t)rules << 32 | (counts((uint32_t)before, now) ? (uint32_t)before : now);
	} while (!atomic_compare_exchange_weak(&c->renewed, &before, after));
	atomic_store(&c->kept_at, now);
	generation_next(generation);
	return (uint32_t)after;
}

bool choices_are_all(const struct choices *c, uint32_t since)
{
	return c && since && (uint32_t)atomic_load(&c->renewed) == since && counts(since, stamp_now());
}
