/* SPDX-License-Identifier: MIT */
/* Sets of a few entries each. A key is BUSY while its entry is written; a reader that finds it changed has
 * read nothing. Who writes looks at the whole set again behind that: of two that write the same name at a
 * time, at least one sees the other. */
#include "hellos.h"

#include <string.h>
#include <sys/auxv.h>

#include "base/hash.h"
#include "base/seconds.h"
#include "sip/prf.h"
#include "streams.h"

#define BUSY 1
#define BUSY_SECONDS 60  /* its writer was killed */
#define SHARE_MOST 6     /* of a set: a peer with less keeps what it uses */
#define FRESH_SECONDS 16 /* `used` is written no more often */

enum {
	PROVED = 1, /* a TLS library asked for it */
	LEFT = 2,   /* a descriptor of it was closed since */
	EQUAL = 4   /* there is another of that name */
};

/* Who gives way first. */
enum rank {
	RANK_OVER, /* closed, and nobody asked for it */
	RANK_HALF, /* nobody did so far */
	RANK_LEFT,
	RANK_IDLE,
	RANK_LIVING
};

/* The same in all processes of the host, whichever makes it, and nothing of the bytes that it is made of. */
static void make_secret(struct hellos *h)
{
	const void *random = (const void *)getauxval(AT_RANDOM);
	struct prf_key key = {{0, 0}};

	if (random)
		memcpy(&key, random, sizeof(key));
	for (uint8_t i = 0; i < sizeof(h->secret) / sizeof(*h->secret); i++) {
		const uint8_t what[] = {'h', 'e', 'l', 'l', 'o', 's', i};
		h->secret[i] = prf(&key, what, sizeof(what)) | 1;
	}
	atomic_store(&h->any, true);
}

/* NH (RFC 4418 5.2) with words of 64 bits: few products of many bytes, and without the secret nobody finds
 * two names that meet. */
static uint64_t key_of(const struct hellos *h, const struct hello_name *name)
{
	unsigned __int128 sum = 0;
	uint64_t w[2 * HELLO_RANDOM / 8];
	enum { WORDS = sizeof(w) / sizeof(*w) };

	memcpy(w, name->client, HELLO_RANDOM);
	memcpy(w + WORDS / 2, name->server, HELLO_RANDOM);
	for (int i = 0; i < WORDS; i += 2)
		sum += (unsigned __int128)(w[i] + h->secret[i]) * (w[i + 1] + h->secret[i + 1]);
	uint64_t key = (uint64_t)(sum >> 64) ^ (uint64_t)sum;
	key = hash_mix(key + (name->is_server ? h->secret[WORDS] : 0));
	return (key ^ key >> 32) | 2;
}

static struct hello_set *set_of(struct hellos *h, uint64_t key)
{
	return &h->sets[(key >> 8) % HELLO_SETS];
}

static bool is_name(const struct hello_name *a, const struct hello_name *b)
{
	return memcmp(a->client, b->client, HELLO_RANDOM) == 0 && memcmp(a->server, b->server, HELLO_RANDOM) == 0 &&
		a->is_server == b->is_server;
}

/* The next entry of that name, from way `from` on; HELLO_WAYS: there is none. */
static unsigned next_of(struct hello_set *set, unsigned from, uint64_t key, const struct hello_name *name,
	struct hello_end *end)
{
	for (; from < HELLO_WAYS; from++) {
		struct hello_name there;
		if (atomic_load_explicit(&set->keys[from], memory_order_acquire) != key)
			continue;
		there = set->entries[from].name;
		*end = set->entries[from].end;
		atomic_thread_fence(memory_order_acquire);
		if (atomic_load(&set->keys[from]) == key && is_name(&there, name))
			break;
	}
	return from;
}

static void mark(struct hello_entry *e, uint32_t bits)
{
	if ((atomic_load_explicit(&e->state, memory_order_relaxed) & bits) != bits)
		atomic_fetch_or(&e->state, bits);
}

/* Marks all of that name as equal, if there is one of another connection. */
static bool mark_equal(struct hello_set *set, uint64_t key, const struct hello_name *name, uint64_t cookie)
{
	struct hello_end end;
	bool others = false;

	for (unsigned i = 0; (i = next_of(set, i, key, name, &end)) < HELLO_WAYS; i++)
		others |= end.cookie != cookie;
	for (unsigned i = 0; others && (i = next_of(set, i, key, name, &end)) < HELLO_WAYS; i++)
		mark(&set->entries[i], EQUAL);
	return others;
}

static enum rank rank_of(const struct hello_entry *e, uint32_t now)
{
	uint32_t state = atomic_load_explicit(&e->state, memory_order_relaxed);
	uint32_t idle = now - atomic_load_explicit(&e->used, memory_order_relaxed);

	if (!(state & PROVED))
		return state & LEFT ? RANK_OVER : RANK_HALF;
	if ((state & LEFT) && idle > HELLO_LEFT_SECONDS)
		return RANK_LEFT;
	return idle > HELLO_IDLE_SECONDS ? RANK_IDLE : RANK_LIVING;
}

static unsigned share_of(const struct hello_set *set, uint32_t peer)
{
	unsigned n = 0;

	for (unsigned i = 0; i < HELLO_WAYS; i++)
		n += set->entries[i].peer == peer;
	return n;
}

/* Who gives way to one of that peer; HELLO_WAYS: nobody. */
static unsigned worst(struct hello_set *set, uint32_t peer, uint32_t now)
{
	unsigned found = HELLO_WAYS, most = 0, mine = share_of(set, peer);
	enum rank least = RANK_LIVING;

	for (unsigned i = 0; i < HELLO_WAYS; i++) {
		const struct hello_entry *e = &set->entries[i];
		enum rank rank = rank_of(e, now);
		unsigned share = share_of(set, e->peer);
		if (atomic_load(&set->keys[i]) == BUSY) {
			if (now - atomic_load(&e->used) > BUSY_SECONDS)
				return i;
			continue;
		}
		if (rank == RANK_LIVING && (share < SHARE_MOST || share < mine + 2))
			continue;
		int worse = found == HELLO_WAYS ? 1 : (int)least - (int)rank;
		if (!worse)
			worse = (int)share - (int)most;
		if (!worse)
			worse = (int32_t)(set->entries[found].used - e->used);
		if (worse > 0) {
			found = i;
			least = rank;
			most = share;
		}
	}
	return found;
}

static _Atomic uint64_t *lost_of(struct hellos *h, uint64_t key)
{
	return &h->lost[key >> 20 & (HELLOS_LOST - 1)];
}

/* Takes a place in the set: BUSY from now on. HELLO_WAYS: there is none. */
static unsigned claim(struct hellos *h, struct hello_set *set, uint32_t peer, uint32_t now)
{
	for (unsigned i = 0; i < HELLO_WAYS; i++) {
		uint64_t nobody = 0;
		if (atomic_compare_exchange_strong(&set->keys[i], &nobody, BUSY))
			return i;
	}
	for (int tries = 0; tries < HELLO_WAYS; tries++) {
		unsigned i = worst(set, peer, now);
		if (i == HELLO_WAYS)
			break;
		uint64_t other = atomic_load(&set->keys[i]);
		if (!atomic_compare_exchange_strong(&set->keys[i], &other, BUSY))
			continue;
		if (other != BUSY)
			atomic_store(lost_of(h, other), other);
		return i;
	}
	return HELLO_WAYS;
}

static uint32_t place_of(const struct hellos *h, const struct hello_set *set, unsigned way)
{
	return (uint32_t)(set - h->sets) * HELLO_WAYS + way + 1;
}

uint32_t hellos_note(struct hellos *h, struct counters *c, const struct hello_name *name, const struct hello_end *end)
{
	struct hello_end there;
	uint32_t now = seconds_now();

	if (!h)
		return 0;
	if (!atomic_load(&h->any))
		make_secret(h);
	uint64_t key = key_of(h, name);
	struct hello_set *set = set_of(h, key);
	counters_add(c, COUNTER_TLS_BEGUN, 1);
	bool equal = mark_equal(set, key, name, end->cookie);
	if (equal || atomic_load(lost_of(h, key)) == key) {
		counters_add(c, COUNTER_TLS_EQUAL, 1);
		return 0;
	}
	unsigned i = next_of(set, 0, key, name, &there);
	if (i == HELLO_WAYS) {
		i = claim(h, set, stream_peer(&end->peer), now);
		if (i == HELLO_WAYS) {
			counters_add_full(c, FULL_HELLOS);
			return 0;
		}
		struct hello_entry *e = &set->entries[i];
		atomic_store(&e->used, now);
		atomic_store(&e->state, 0);
		e->peer = stream_peer(&end->peer);
		e->name = *name;
		e->end = *end;
		atomic_store(&set->keys[i], key);
	}
	if (mark_equal(set, key, name, end->cookie))
		counters_add(c, COUNTER_TLS_EQUAL, 1);
	else if (atomic_load(lost_of(h, key)) == key)
		mark(&set->entries[i], EQUAL);
	return place_of(h, set, i);
}

/* Once a connection, in a cache where the latest of a few thousand stay. */
static void count_unknown(struct hellos *h, struct counters *c, uint64_t key)
{
	if (atomic_exchange(&h->told[key >> 20 & (HELLOS_LOST - 1)], key) != key)
		counters_add(c, COUNTER_TLS_UNKNOWN, 1);
}

/* Whether that is news. */
static bool prove(struct counters *c, struct hello_entry *e)
{
	uint32_t now = seconds_now(), state = atomic_load_explicit(&e->state, memory_order_relaxed);

	if (now - atomic_load_explicit(&e->used, memory_order_relaxed) >= FRESH_SECONDS)
		atomic_store_explicit(&e->used, now, memory_order_relaxed);
	if ((state & (PROVED | LEFT)) == PROVED)
		return false;
	bool first = !(atomic_fetch_or(&e->state, PROVED) & PROVED);
	counters_add(c, COUNTER_TLS_SEEN, first);
	atomic_fetch_and(&e->state, ~(uint32_t)LEFT);
	return first;
}

/* Whether one of that name, from way `from` on, was found while it was the only one. */
static bool was_found(struct hello_set *set, unsigned from, uint64_t key, const struct hello_name *name)
{
	struct hello_end end;

	for (; (from = next_of(set, from, key, name, &end)) < HELLO_WAYS; from++) {
		if (atomic_load(&set->entries[from].state) & PROVED)
			return true;
	}
	return false;
}

enum hello_found hellos_find(
	struct hellos *h, struct counters *c, const struct hello_name *name, struct hello_end *end)
{
	struct hello_end there;

	if (!h)
		return HELLO_UNKNOWN;
	if (!atomic_load_explicit(&h->any, memory_order_acquire))
		make_secret(h);
	uint64_t key = key_of(h, name);
	struct hello_set *set = set_of(h, key);
	unsigned found = next_of(set, 0, key, name, end);
	if (found == HELLO_WAYS) {
		count_unknown(h, c, key);
		return HELLO_UNKNOWN;
	}
	unsigned other = next_of(set, found + 1, key, name, &there);
	if (other < HELLO_WAYS || (atomic_load(&set->entries[found].state) & EQUAL)) {
		count_unknown(h, c, key);
		return was_found(set, found, key, name) ? HELLO_SPOILED : HELLO_EQUAL;
	}
	end->first = prove(c, &set->entries[found]);
	return HELLO_FOUND;
}

void hellos_left(struct hellos *h, uint32_t place, uint64_t cookie)
{
	if (!h || !place || place > HELLO_SETS * HELLO_WAYS)
		return;
	struct hello_entry *e = &h->sets[(place - 1) / HELLO_WAYS].entries[(place - 1) % HELLO_WAYS];
	if (e->end.cookie == cookie)
		mark(e, LEFT);
}
