/* SPDX-License-Identifier: MIT */
/* The pool: a slot is one of a few beside where its key's hash points. Its key word is written last
 * and is BUSY while the rest is; a reader that finds it changed has read nothing. */
#include "stream_state.h"

#include <stdatomic.h>
#include <sys/mman.h>
#include <time.h>

#define SLOTS 512 /* 256 connections in the middle of a message each way */
#define NEAR 32
#define BROKEN 4096
#define BUSY 1
#define OLD_SECONDS 60 /* a slot that nobody came back to may be of a connection that is gone */

struct slot {
	_Atomic uint64_t key; /* 0 = free */
	_Atomic uint32_t used; /* seconds */
	struct stream_state state;
};

struct pool {
	_Atomic uint32_t taken; /* a hint: 0 = nothing to look for */
	_Atomic uint64_t counts[STREAM_COUNTS];
	_Atomic uint64_t broken[BROKEN];
	struct slot slots[SLOTS];
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

static struct slot *near(uint64_t key, unsigned i)
{
	return &pool->slots[(hash(key) + i) % SLOTS];
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
	/* what the state does not use is not copied */
	memcpy(s, &slot->state, offsetof(struct stream_state, held));
	if (s->held_n > sizeof(s->held) || s->stream.rest_n > sizeof(s->stream.rest))
		return false;
	memcpy(s->held, slot->state.held, s->held_n);
	atomic_thread_fence(memory_order_acquire);
	return atomic_load(&slot->key) == key;
}

static bool is_old(struct slot *s)
{
	return now() - atomic_load_explicit(&s->used, memory_order_relaxed) > OLD_SECONDS;
}

/* A free slot, or one that was left behind: BUSY from now on. */
static struct slot *claim(uint64_t key)
{
	for (unsigned i = 0; i < NEAR; i++) {
		struct slot *s = near(key, i);
		uint64_t nobody = 0;
		if (atomic_compare_exchange_strong(&s->key, &nobody, BUSY)) {
			atomic_fetch_add(&pool->taken, 1);
			return s;
		}
	}
	for (unsigned i = 0; i < NEAR; i++) {
		struct slot *s = near(key, i);
		uint64_t other = atomic_load(&s->key);
		if (is_old(s) && atomic_compare_exchange_strong(&s->key, &other, BUSY)) {
			if (other > BUSY)
				stream_state_break(other);
			return s;
		}
	}
	return NULL;
}

bool stream_state_has_room(uint64_t key)
{
	if (!pool)
		return false;
	for (unsigned i = 0; i < NEAR; i++) {
		struct slot *s = near(key, i);
		uint64_t other = atomic_load_explicit(&s->key, memory_order_relaxed);
		if (other == 0 || other == key || is_old(s))
			return true;
	}
	return false;
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

	if (stream_is_between(&s->stream) && !s->held_n && !s->raised) {
		stream_state_drop(key);
		return true;
	}
	if (!pool)
		return false;
	slot = slot_of(key);
	if (!slot || !atomic_compare_exchange_strong(&slot->key, &expected, BUSY))
		slot = claim(key);
	if (!slot)
		return false;
	memcpy(&slot->state, s, offsetof(struct stream_state, held) + s->held_n);
	atomic_store(&slot->used, now());
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
