/* SPDX-License-Identifier: MIT */
/* The pool: a slot is one of a few beside where its key's hash points. Its key word is written last
 * and is BUSY while the rest is; a reader that finds it changed has read nothing. */
#include "streams.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

#define NEAR 32
#define BROKEN 4096
#define BUSY 1
#define OLD_SECONDS 60 /* a slot that nobody came back to may be of a connection that is gone */

/* What a search looks at: apart from the states, so that it touches few cache lines. */
struct slot {
	_Atomic uint64_t key;   /* 0 = free */
	_Atomic uint32_t since; /* in which turn it was taken */
	_Atomic uint32_t used;  /* seconds: when it was last written */
	_Atomic uint32_t peer;
	_Atomic uint32_t rank;  /* who goes first: enum rank */
};

enum rank {
	RANK_HALF_HEAD, /* the head of a message is not all there */
	RANK_MESSAGE,   /* its body is not */
	RANK_PENDING    /* so, and bytes wait here that are nowhere else */
};

struct pool {
	_Atomic uint32_t taken; /* a hint: 0 = nothing to look for */
	_Atomic uint32_t turn, crowded, told;
	_Atomic uint64_t counts[STREAM_COUNTS];
	_Atomic uint64_t broken[BROKEN], told_of[BROKEN], sip[BROKEN];
	struct slot slots[STREAM_SLOTS];
	struct stream_state states[STREAM_SLOTS];
};

static struct pool *pool;

void stream_state_init(void)
{
	void *p = mmap(NULL, sizeof(*pool), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	pool = p == MAP_FAILED ? NULL : p;
}

static uint32_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (uint32_t)t.tv_sec;
}

static uint64_t hash(uint64_t key)
{
	return key * UINT64_C(0x9E3779B97F4A7C15) >> 32;
}

uint32_t stream_peer(const struct addr *a)
{
	uint64_t high, low;

	memcpy(&high, a->ip, sizeof(high));
	memcpy(&low, a->ip + 8, sizeof(low));
	return (uint32_t)hash(high * 31 + (a->family == AF_INET ? low : 0)) | 1;
}

static struct slot *near(uint64_t key, unsigned i)
{
	return &pool->slots[(hash(key) + i) % STREAM_SLOTS];
}

static struct stream_state *state_of(const struct slot *s)
{
	return &pool->states[s - pool->slots];
}

static struct slot *slot_of(uint64_t key)
{
	if (!pool || !atomic_load_explicit(&pool->taken, memory_order_relaxed))
		return NULL;
	for (unsigned i = 0; i < NEAR; i++) {
		struct slot *s = near(key, i);
		if (atomic_load_explicit(&s->key, memory_order_acquire) == key)
			return s;
	}
	return NULL;
}

bool stream_state_find(uint64_t key, struct stream_state *s)
{
	struct slot *slot = slot_of(key);

	if (!slot)
		return false;
	const struct stream_state *kept = state_of(slot);
	/* what the state does not use is not copied */
	memcpy(s, kept, offsetof(struct stream_state, held));
	if (s->held_n > sizeof(s->held) || s->stream.rest_n > sizeof(s->stream.rest) ||
		s->given_n > sizeof(s->given))
		return false;
	memcpy(s->held, kept->held, s->held_n);
	atomic_thread_fence(memory_order_acquire);
	return atomic_load(&slot->key) == key;
}

static enum rank rank_of(const struct stream_state *s)
{
	if (s->held_n || s->stream.rest_n || s->stream.skip || s->stream.sent)
		return RANK_PENDING;
	return s->stream.frame.raw ? RANK_MESSAGE : RANK_HALF_HEAD;
}

static bool is_old(struct slot *s)
{
	return now() - atomic_load_explicit(&s->used, memory_order_relaxed) > OLD_SECONDS;
}

/* How many slots that peer has, and which of them is to go. */
static unsigned share_of(uint32_t peer, struct slot **oldest)
{
	unsigned count = 0;

	*oldest = NULL;
	for (unsigned i = 0; i < STREAM_SLOTS; i++) {
		struct slot *s = &pool->slots[i];
		if (atomic_load_explicit(&s->peer, memory_order_relaxed) != peer ||
			atomic_load_explicit(&s->key, memory_order_relaxed) <= BUSY)
			continue;
		count++;
		if (!*oldest || s->rank < (*oldest)->rank ||
			(s->rank == (*oldest)->rank &&
				(int32_t)(s->since - (*oldest)->since) < 0))
			*oldest = s;
	}
	return count;
}

/* Takes the slot from whoever has it: BUSY from now on. What was there is not looked at any more. */
static bool take_from(struct slot *s)
{
	uint64_t other = atomic_load(&s->key);
	bool left_behind = is_old(s);

	if (other == BUSY && !left_behind)
		return false;
	if (!atomic_compare_exchange_strong(&s->key, &other, BUSY))
		return false;
	if (other == 0) {
		atomic_fetch_add(&pool->taken, 1);
	} else if (other != BUSY) {
		const struct stream_state *lost = state_of(s);
		if (!stream_is_between(&lost->stream) || lost->given_n || lost->held_n)
			stream_state_break(other);
		if (!left_behind) {
			stream_count(STREAM_CROWDED, 1);
			atomic_store(&pool->crowded, 1);
		}
	}
	return true;
}

/* Of those that are near, who goes: what nobody came back to, else by rank the oldest of the peer with
 * most. */
static struct slot *worst(uint64_t key)
{
	struct slot *found = NULL, *ignored;
	unsigned most = 0, share = 0;
	uint32_t peer = 0;

	for (unsigned i = 0; i < NEAR; i++) {
		struct slot *s = near(key, i);
		if (is_old(s))
			return s;
		if (atomic_load(&s->key) == BUSY)
			continue;
		if (s->peer != peer || !share)
			share = share_of(peer = s->peer, &ignored);
		int worse = !found ? 1 : (int)found->rank - (int)s->rank;
		if (!worse)
			worse = (int)share - (int)most;
		if (!worse)
			worse = (int32_t)(found->since - s->since);
		if (worse > 0) {
			found = s;
			most = share;
		}
	}
	return found;
}

static struct slot *free_near(uint64_t key)
{
	for (unsigned i = 0; i < NEAR; i++) {
		struct slot *s = near(key, i);
		uint64_t nobody = 0;
		if (atomic_compare_exchange_strong(&s->key, &nobody, BUSY)) {
			atomic_fetch_add(&pool->taken, 1);
			return s;
		}
	}
	return NULL;
}

/* A slot for a stream that has none yet: BUSY from now on. */
static struct slot *claim(uint64_t key, uint32_t peer)
{
	struct slot *s, *oldest;

	/* a peer that has its share makes room itself */
	if (atomic_load(&pool->taken) >= STREAM_PEER_SLOTS &&
		share_of(peer, &oldest) >= STREAM_PEER_SLOTS && take_from(oldest)) {
		atomic_store(&oldest->key, 0);
		atomic_fetch_sub(&pool->taken, 1);
	}
	s = free_near(key);
	for (int tries = 0; !s && tries < NEAR; tries++) {
		s = worst(key);
		if (s && !take_from(s))
			s = NULL;
	}
	if (s)
		atomic_store(&s->since, atomic_fetch_add(&pool->turn, 1));
	return s;
}

bool stream_state_has_room(void)
{
	return pool;
}

/* Both directions have a place of their own otherwise. */
static _Atomic uint64_t *sip_of(uint64_t key)
{
	return &pool->sip[hash(key | 1) % BROKEN];
}

void stream_state_note_sip(uint64_t key)
{
	if (pool)
		atomic_store_explicit(sip_of(key), key | 1, memory_order_relaxed);
}

bool stream_state_had_sip(uint64_t key)
{
	return pool && atomic_load_explicit(sip_of(key), memory_order_relaxed) == (key | 1);
}

bool stream_state_tell(uint64_t key)
{
	return !pool || atomic_exchange(&pool->told_of[hash(key) % BROKEN], key) != key;
}

bool stream_state_tells_crowded(void)
{
	return pool && atomic_load_explicit(&pool->crowded, memory_order_relaxed) &&
		!atomic_exchange(&pool->told, 1);
}

void stream_state_drop(uint64_t key)
{
	struct slot *slot = slot_of(key);

	if (slot && atomic_compare_exchange_strong(&slot->key, &key, 0))
		atomic_fetch_sub(&pool->taken, 1);
}

bool stream_state_keep(uint64_t key, const struct stream_state *s)
{
	struct slot *slot;
	uint64_t expected = key;

	if (stream_state_is_none(s)) {
		stream_state_drop(key);
		return true;
	}
	if (!pool)
		return false;
	slot = slot_of(key);
	if (!slot || !atomic_compare_exchange_strong(&slot->key, &expected, BUSY))
		slot = claim(key, s->peer);
	if (!slot)
		return false;
	memcpy(state_of(slot), s, offsetof(struct stream_state, held) + s->held_n);
	atomic_store(&slot->used, now());
	atomic_store(&slot->peer, s->peer);
	atomic_store(&slot->rank, rank_of(s));
	atomic_store_explicit(&slot->key, key, memory_order_release);
	return true;
}

void stream_state_break(uint64_t key)
{
	if (pool)
		atomic_store_explicit(&pool->broken[hash(key) % BROKEN], key, memory_order_relaxed);
}

bool stream_state_is_broken(uint64_t key)
{
	return pool && atomic_load_explicit(&pool->broken[hash(key) % BROKEN],
			       memory_order_relaxed) == key;
}

void stream_count(enum stream_count what, uint32_t n)
{
	if (pool && n)
		atomic_fetch_add_explicit(&pool->counts[what], n, memory_order_relaxed);
}

uint64_t stream_counted(enum stream_count what)
{
	return pool ? atomic_load_explicit(&pool->counts[what], memory_order_relaxed) : 0;
}
