/* SPDX-License-Identifier: MIT */
/* A key is BUSY while its state is written; a reader that finds it changed has read nothing. */
#include "handshakes.h"

#include <string.h>

#include "base/hash.h"
#include "streams.h"

#define BUSY 1
#define BUSY_TURNS (8 * HANDSHAKE_SETS * HANDSHAKE_WAYS) /* who took it then was killed */

static struct handshake_set *set_of(struct handshakes *p, uint64_t key)
{
	return &p->sets[(hash_mix(key) >> 32) % HANDSHAKE_SETS];
}

static unsigned way_of(const struct handshake_set *set, uint64_t key)
{
	unsigned i = 0;

	while (i < HANDSHAKE_WAYS && atomic_load_explicit(&set->keys[i], memory_order_acquire) != key)
		i++;
	return i;
}

bool handshakes_find(struct handshakes *p, uint64_t key, struct handshake *s)
{
	if (!p)
		return false;
	struct handshake_set *set = set_of(p, key);
	unsigned i = way_of(set, key);
	if (i == HANDSHAKE_WAYS)
		return false;
	*s = set->states[i];
	atomic_thread_fence(memory_order_acquire);
	return atomic_load(&set->keys[i]) == key;
}

static unsigned share_of(const struct handshake_set *set, uint32_t peer)
{
	unsigned n = 0;

	for (unsigned i = 0; i < HANDSHAKE_WAYS; i++)
		n += atomic_load_explicit(&set->peers[i], memory_order_relaxed) == peer;
	return n;
}

/* The oldest of the peer with most; HANDSHAKE_WAYS: all are being written. */
static unsigned worst(const struct handshake_set *set, uint32_t turn)
{
	unsigned found = HANDSHAKE_WAYS, most = 0;
	uint32_t oldest = 0;

	for (unsigned i = 0; i < HANDSHAKE_WAYS; i++) {
		uint32_t age = turn - atomic_load(&set->since[i]);
		if (atomic_load(&set->keys[i]) == BUSY && age < BUSY_TURNS)
			continue;
		unsigned share = share_of(set, atomic_load(&set->peers[i]));
		if (found < HANDSHAKE_WAYS && (share < most || (share == most && age <= oldest)))
			continue;
		found = i;
		most = share;
		oldest = age;
	}
	return found;
}

/* A place for one that has none: BUSY from now on. */
static unsigned claim(struct handshakes *p, struct handshake_set *set)
{
	uint32_t turn = atomic_fetch_add(&p->turn, 1);

	for (unsigned i = 0; i < HANDSHAKE_WAYS; i++) {
		uint64_t nobody = 0;
		if (!atomic_compare_exchange_strong(&set->keys[i], &nobody, BUSY))
			continue;
		atomic_store(&set->since[i], turn);
		return i;
	}
	for (int tries = 0; tries < HANDSHAKE_WAYS; tries++) {
		unsigned i = worst(set, turn);
		if (i == HANDSHAKE_WAYS)
			break;
		uint64_t other = atomic_load(&set->keys[i]);
		if (!atomic_compare_exchange_strong(&set->keys[i], &other, BUSY))
			continue;
		atomic_store(&set->since[i], turn);
		return i;
	}
	return HANDSHAKE_WAYS;
}

bool handshakes_keep(struct handshakes *p, uint64_t key, const struct handshake *s)
{
	uint64_t expected = key;

	if (!p)
		return false;
	struct handshake_set *set = set_of(p, key);
	unsigned i = way_of(set, key);
	if (i == HANDSHAKE_WAYS)
		i = claim(p, set);
	else if (!atomic_compare_exchange_strong(&set->keys[i], &expected, BUSY))
		return false;
	if (i == HANDSHAKE_WAYS)
		return false;
	atomic_store(&set->peers[i], stream_peer(&s->end.peer));
	set->states[i] = *s;
	atomic_store(&set->keys[i], key);
	return true;
}

void handshakes_drop(struct handshakes *p, uint64_t key)
{
	if (!p)
		return;
	struct handshake_set *set = set_of(p, key);
	unsigned i = way_of(set, key);
	if (i < HANDSHAKE_WAYS && atomic_compare_exchange_strong(&set->keys[i], &key, 0))
		atomic_store(&set->peers[i], 0);
}
