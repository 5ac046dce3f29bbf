/* SPDX-License-Identifier: MIT */
/* The pool: a slot is one of a few beside where its key's hash points. Its key word is written last
 * and is BUSY while the rest is; a reader that finds it changed has read nothing. */
#include "streams.h"

#include <string.h>
#include <sys/socket.h>

#include "base/hash.h"
#include "base/seconds.h"

#define NEAR 32
#define BUSY 1
#define OLD_SECONDS 60 /* a slot that nobody came back to may be of a connection that is gone */

enum rank {
	RANK_HALF_HEAD, /* the head of a message is not all there */
	RANK_MESSAGE,   /* its body is not */
	RANK_PENDING    /* so, and bytes wait here that are nowhere else */
};

static uint64_t hash(uint64_t key)
{
	return hash_mix(key) >> 32;
}

uint32_t stream_peer(const struct addr *a)
{
	uint64_t high, low;

	memcpy(&high, a->ip, sizeof(high));
	memcpy(&low, a->ip + 8, sizeof(low));
	return (uint32_t)hash(high * 31 + (a->family == AF_INET ? low : 0)) | 1;
}

static struct stream_slot *near(struct streams *p, uint64_t key, unsigned i)
{
	return &p->slots[(hash(key) + i) % STREAM_SLOTS];
}

static struct stream_state *state_of(struct streams *p, const struct stream_slot *s)
{
	return &p->states[s - p->slots];
}

static struct stream_slot *slot_of(struct streams *p, uint64_t key)
{
	if (!p || !atomic_load_explicit(&p->taken, memory_order_relaxed))
		return NULL;
	for (unsigned i = 0; i < NEAR; i++) {
		struct stream_slot *s = near(p, key, i);
		if (atomic_load_explicit(&s->key, memory_order_acquire) == key)
			return s;
	}
	return NULL;
}

bool streams_find(struct streams *p, uint64_t key, struct stream_state *s)
{
	struct stream_slot *slot = slot_of(p, key);

	if (!slot)
		return false;
	const struct stream_state *kept = state_of(p, slot);
	/* what the state does not use is not copied */
	memcpy(s, kept, offsetof(struct stream_state, held));
	if (s->held_n > sizeof(s->held) || s->stream.rest_n > sizeof(s->stream.rest) ||
		s->given_n > sizeof(s->given) || s->ws.part_n > sizeof(s->ws.part))
		return false;
	memcpy(s->held, kept->held, s->held_n);
	atomic_thread_fence(memory_order_acquire);
	return atomic_load(&slot->key) == key;
}

static enum rank rank_of(const struct stream_state *s)
{
	if (s->held_n || s->stream.rest_n || s->stream.skip || s->stream.sent || s->ws.sent)
		return RANK_PENDING;
	return s->stream.frame.raw || s->ws.raw ? RANK_MESSAGE : RANK_HALF_HEAD;
}

static bool is_old(struct stream_slot *s)
{
	return seconds_now() - atomic_load_explicit(&s->used, memory_order_relaxed) > OLD_SECONDS;
}

/* How many slots that peer has, and which of them is to go. */
static unsigned share_of(struct streams *p, uint32_t peer, struct stream_slot **oldest)
{
	unsigned count = 0;

	*oldest = NULL;
	for (unsigned i = 0; i < STREAM_SLOTS; i++) {
		struct stream_slot *s = &p->slots[i];
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
static bool take_from(struct streams *p, struct counters *c, struct stream_slot *s)
{
	uint64_t other = atomic_load(&s->key);
	bool left_behind = is_old(s);

	if (other == BUSY && !left_behind)
		return false;
	if (!atomic_compare_exchange_strong(&s->key, &other, BUSY))
		return false;
	if (other == 0) {
		atomic_fetch_add(&p->taken, 1);
	} else if (other != BUSY) {
		const struct stream_state *lost = state_of(p, s);
		if (!stream_is_between(&lost->stream) || lost->given_n || lost->held_n || lost->ws.phase)
			streams_break(p, other);
		if (!left_behind) {
			counters_add(c, COUNTER_CROWDED, 1);
			atomic_store(&p->crowded, 1);
		}
	}
	return true;
}

/* Of those that are near, who goes: what nobody came back to, else by rank the oldest of the peer with
 * most. */
static struct stream_slot *worst(struct streams *p, uint64_t key)
{
	struct stream_slot *found = NULL, *ignored;
	unsigned most = 0, share = 0;
	uint32_t peer = 0;

	for (unsigned i = 0; i < NEAR; i++) {
		struct stream_slot *s = near(p, key, i);
		if (is_old(s))
			return s;
		if (atomic_load(&s->key) == BUSY)
			continue;
		if (s->peer != peer || !share)
			share = share_of(p, peer = s->peer, &ignored);
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

static struct stream_slot *free_near(struct streams *p, uint64_t key)
{
	for (unsigned i = 0; i < NEAR; i++) {
		struct stream_slot *s = near(p, key, i);
		uint64_t nobody = 0;
		if (atomic_compare_exchange_strong(&s->key, &nobody, BUSY)) {
			atomic_fetch_add(&p->taken, 1);
			return s;
		}
	}
	return NULL;
}

/* A slot for a stream that has none yet: BUSY from now on. */
static struct stream_slot *claim(struct streams *p, struct counters *c, uint64_t key, uint32_t peer)
{
	struct stream_slot *s, *oldest;

	/* a peer that has its share makes room itself */
	if (atomic_load(&p->taken) >= STREAM_PEER_SLOTS &&
		share_of(p, peer, &oldest) >= STREAM_PEER_SLOTS && take_from(p, c, oldest)) {
		atomic_store(&oldest->key, 0);
		atomic_fetch_sub(&p->taken, 1);
	}
	s = free_near(p, key);
	for (int tries = 0; !s && tries < NEAR; tries++) {
		s = worst(p, key);
		if (s && !take_from(p, c, s))
			s = NULL;
	}
	if (s)
		atomic_store(&s->since, atomic_fetch_add(&p->turn, 1));
	return s;
}

/* Both directions have a place of their own otherwise. */
static _Atomic uint64_t *sip_of(struct streams *p, uint64_t key)
{
	return &p->sip[hash(key | 1) % STREAM_CACHED];
}

void streams_note_sip(struct streams *p, uint64_t key)
{
	if (p)
		atomic_store_explicit(sip_of(p, key), key | 1, memory_order_relaxed);
}

bool streams_had_sip(struct streams *p, uint64_t key)
{
	return p && atomic_load_explicit(sip_of(p, key), memory_order_relaxed) == (key | 1);
}

bool streams_tell(struct streams *p, uint64_t key)
{
	return !p || atomic_exchange(&p->told_of[hash(key) % STREAM_CACHED], key) != key;
}

bool streams_tells_crowded(struct streams *p)
{
	return p && atomic_load_explicit(&p->crowded, memory_order_relaxed) &&
		!atomic_exchange(&p->told, 1);
}

void streams_drop(struct streams *p, uint64_t key)
{
	struct stream_slot *slot = slot_of(p, key);

	if (slot && atomic_compare_exchange_strong(&slot->key, &key, 0))
		atomic_fetch_sub(&p->taken, 1);
}

bool streams_keep(struct streams *p, struct counters *c, uint64_t key, const struct stream_state *s)
{
	struct stream_slot *slot;
	uint64_t expected = key;

	if (stream_state_is_none(s)) {
		streams_drop(p, key);
		return true;
	}
	if (!p)
		return false;
	slot = slot_of(p, key);
	if (!slot || !atomic_compare_exchange_strong(&slot->key, &expected, BUSY))
		slot = claim(p, c, key, s->peer);
	if (!slot)
		return false;
	memcpy(state_of(p, slot), s, offsetof(struct stream_state, held) + s->held_n);
	atomic_store(&slot->used, seconds_now());
	atomic_store(&slot->peer, s->peer);
	atomic_store(&slot->rank, rank_of(s));
	atomic_store_explicit(&slot->key, key, memory_order_release);
	return true;
}

void streams_break(struct streams *p, uint64_t key)
{
	if (p)
		atomic_store_explicit(&p->broken[hash(key) % STREAM_CACHED], key, memory_order_relaxed);
}

bool streams_is_broken(const struct streams *p, uint64_t key)
{
	return p && atomic_load_explicit(&p->broken[hash(key) % STREAM_CACHED],
			       memory_order_relaxed) == key;
}

_Atomic uint64_t *streams_reader(struct streams *p, uint64_t key)
{
	return p ? &p->readers[hash(key) % STREAM_READERS] : NULL;
}
