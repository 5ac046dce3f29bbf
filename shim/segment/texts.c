/* SPDX-License-Identifier: MIT */
#include "texts.h"


#include "base/hash.h"
#include "base/seconds.h"

#define NEAR 32
#define BUSY 1
#define USED (UINT64_C(1) << 63) /* cookies are counted from 1 */
#define CALL_SECONDS 3600 /* a write may wait for its peer */

static uint64_t hash(uint64_t key)
{
	return hash_mix(key) >> 32;
}

static struct kept_text *near(struct texts *t, uint64_t key, unsigned i)
{
	return &t->slots[(hash(key) + i) % TEXT_SLOTS];
}

/* Whether it is in a call; the process may have ended in one. */
static bool is_used(const struct kept_text *s)
{
	return (atomic_load(&s->key) & USED) && seconds_now() - atomic_load(&s->used) < CALL_SECONDS;
}

static bool is_older(const struct kept_text *a, const struct kept_text *b)
{
	return (int32_t)(atomic_load(&a->since) - atomic_load(&b->since)) < 0;
}

/* How many texts that peer has, and which of them is to go: NULL = all are in calls. */
static unsigned share_of(struct texts *t, uint32_t peer, struct kept_text **oldest)
{
	unsigned count = 0;

	*oldest = NULL;
	for (struct kept_text *s = t->slots; s < t->slots + TEXT_SLOTS; s++) {
		if (atomic_load(&s->peer) != peer || atomic_load(&s->key) <= BUSY)
			continue;
		count++;
		if (!is_used(s) && (!*oldest || is_older(s, *oldest)))
			*oldest = s;
	}
	return count;
}

/* Of those that are near and in no call the oldest of the peer with most. */
static struct kept_text *worst(struct texts *t, uint64_t key)
{
	struct kept_text *found = NULL, *ignored;
	unsigned most = 0;

	for (unsigned i = 0; i < NEAR; i++) {
		struct kept_text *s = near(t, key, i);
		if (atomic_load(&s->key) == BUSY || is_used(s))
			continue;
		unsigned share = share_of(t, atomic_load(&s->peer), &ignored);
		if (!found || share > most || (share == most && is_older(s, found))) {
			found = s;
			most = share;
		}
	}
	return found;
}

static size_t lost_set(uint32_t peer)
{
	return hash(peer) % TEXT_LOST_SETS;
}

/* Takes it from whoever has it: BUSY from now on. */
static bool take_from(struct texts *t, struct kept_text *s)
{
	uint64_t other = atomic_load(&s->key);
	uint32_t peer = atomic_load(&s->peer);

	if (other == BUSY || !atomic_compare_exchange_strong(&s->key, &other, BUSY))
		return false;
	other &= ~USED;
	if (other)
		atomic_store(&t->lost[lost_set(peer)][hash(other) % TEXT_LOST_WAYS], other);
	else
		atomic_fetch_add(&t->taken, 1);
	return true;
}

static void give_back(struct texts *t, struct kept_text *s)
{
	atomic_store(&s->key, 0);
	atomic_fetch_sub(&t->taken, 1);
}

static struct kept_text *free_near(struct texts *t, uint64_t key)
{
	for (unsigned i = 0; i < NEAR; i++) {
		struct kept_text *s = near(t, key, i);
		uint64_t nobody = 0;
		if (atomic_compare_exchange_strong(&s->key, &nobody, BUSY)) {
			atomic_fetch_add(&t->taken, 1);
			return s;
		}
	}
	return NULL;
}

static struct kept_text *claim(struct texts *t, uint64_t key, uint32_t peer)
{
	struct kept_text *s, *oldest;

	if (atomic_load(&t->taken) >= TEXT_PEER_SLOTS && share_of(t, peer, &oldest) >= TEXT_PEER_SLOTS) {
		if (!oldest || !take_from(t, oldest))
			return NULL;
		give_back(t, oldest);
	}
	s = free_near(t, key);
	for (int tries = 0; !s && tries < NEAR; tries++) {
		s = worst(t, key);
		if (!s)
			return NULL;
		if (!take_from(t, s))
			s = NULL;
	}
	return s;
}

static struct kept_text *slot_of(struct texts *t, uint64_t key)
{
	if (!t || !atomic_load_explicit(&t->taken, memory_order_relaxed))
		return NULL;
	for (unsigned i = 0; i < NEAR; i++) {
		struct kept_text *s = near(t, key, i);
		if ((atomic_load_explicit(&s->key, memory_order_acquire) & ~USED) == key)
			return s;
	}
	return NULL;
}

bool texts_has(struct texts *t, uint64_t key)
{
	return slot_of(t, key) != NULL;
}

struct kept_text *texts_find(struct texts *t, uint64_t key)
{
	struct kept_text *s = slot_of(t, key);
	uint64_t there = key;

	if (!s)
		return NULL;
	if (!atomic_compare_exchange_strong(&s->key, &there, key | USED) && there != (key | USED))
		return NULL; /* it was taken away just now */
	atomic_store(&s->used, seconds_now());
	return s;
}

struct kept_text *texts_take(struct texts *t, uint64_t key, uint32_t peer)
{
	struct kept_text *s = texts_find(t, key);

	if (s || !t)
		return s;
	s = claim(t, key, peer);
	if (!s)
		return NULL;
	s->from = s->n = 0;
	s->done = s->host = 0;
	atomic_store(&s->peer, peer);
	atomic_store(&s->since, atomic_fetch_add(&t->turn, 1));
	atomic_store(&s->used, seconds_now());
	atomic_store_explicit(&s->key, key | USED, memory_order_release);
	return s;
}

void text_keep(struct texts *t, struct kept_text *one)
{
	if (!one->n)
		give_back(t, one);
	else
		atomic_fetch_and(&one->key, ~USED);
}

bool texts_was_lost(const struct texts *t, uint64_t key, uint32_t peer)
{
	return t && atomic_load(&t->lost[lost_set(peer)][hash(key) % TEXT_LOST_WAYS]) == key;
}

void texts_leave_alone(struct texts *t, uint64_t key)
{
	if (t)
		atomic_store(&t->left_alone[hash(key | 1) % TEXT_CACHED], key | 1);
}

bool texts_is_left_alone(const struct texts *t, uint64_t key)
{
	return t && atomic_load_explicit(&t->left_alone[hash(key | 1) % TEXT_CACHED], memory_order_relaxed) ==
		(key | 1);
}

void texts_shut(struct texts *t, uint64_t key)
{
	if (t)
		atomic_store(&t->shut[hash(key | 1) % TEXT_CACHED], key | 1);
}

bool texts_is_shut(const struct texts *t, uint64_t key)
{
	return t &&
		atomic_load_explicit(&t->shut[hash(key | 1) % TEXT_CACHED], memory_order_relaxed) == (key | 1);
}
