/* SPDX-License-Identifier: MIT */
/* A flow's age is the second in which it was used last, more or less: it is written anew only once that
 * matters. Beside it stands whether the flow is accepted, and a sum, since two writers at a time may have made
 * an entry of both their values. */
#include "flows.h"

#include <sys/auxv.h>
#include <time.h>

#include "base/generation.h"
#include "base/hash.h"

#define FRESH_SECONDS 60
#define ACCEPTED UINT32_C(0x80000000)

/* An entry's value: both ends, exactly. */
struct flow {
	uint8_t peer[16];
	uint32_t peer_scope;
	uint16_t peer_port, port;
	struct addr at;
};
_Static_assert(sizeof(struct flow) == CACHE_VALUE_MAX, "a flow fits, and is all words");

struct found {
	struct cache_entry *set, *e;
	uint64_t key;
	uint64_t stamp;
	struct flow flow;
	bool accepted;
};

static uint32_t seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint32_t)now.tv_sec | 1; /* never 0; a second more or less */
}

static bool counts(uint64_t stamp, uint32_t now)
{
	return cache_age(stamp) && (int32_t)(now - cache_age(stamp)) <= FLOW_SECONDS;
}

/* The same in all processes of the host, whichever makes it. Not those bytes themselves: libc's own secrets
 * are made of them (getauxval(3)). */
static void make_key(struct flows *f)
{
	const void *random = (const void *)getauxval(AT_RANDOM);
	struct prf_key key = {{0, 0}};

	if (random)
		memcpy(&key, random, sizeof(key));
	f->key.k[0] = prf(&key, "flows", 5);
	f->key.k[1] = prf(&key, "places", 6);
}

/* Where it may stand: by the address, in one of a few sets. */
static struct cache_entry *set_of(const struct flows *f, const struct flow_end *end, uint64_t *key)
{
	const struct addr *a = end->peer;
	uint64_t address = prf(&f->key, a->ip, a->family == AF_INET ? sizeof(a->ip) : sizeof(a->ip) / 2), low;

	memcpy(&low, a->ip + 8, sizeof(low));
	low = hash_mix(address ^ low) + ((uint64_t)a->port << 16 | end->port);
	low = hash_mix(low ^ low >> 29 ^ (uint64_t)a->scope << 32);
	*key = (low ^ low >> 32) | 1;
	size_t n = cache_set(address + (low >> 40) % FLOWS_ADDRESS_SETS * UINT64_C(0xBF58476D1CE4E5B9), FLOWS_BITS);
	return (struct cache_entry *)(uintptr_t)f->sets[n];
}

static uint32_t sum_of(const struct flow *w)
{
	uint64_t words[sizeof(*w) / 8], sum = 0;

	memcpy(words, w, sizeof(words));
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		sum = hash_mix(sum ^ sum >> 29 ^ words[i]);
	return (uint32_t)(sum >> 32) & ~ACCEPTED;
}

static struct flow flow_of(const struct flow_end *end, const struct addr *at)
{
	struct flow w;

	memset(&w, 0, sizeof(w));
	memcpy(w.peer, end->peer->ip, sizeof(w.peer));
	w.peer_scope = end->peer->scope;
	w.peer_port = end->peer->port;
	w.port = end->port;
	w.at = *at;
	return w;
}

static bool is_of(const struct flow *w, const struct flow_end *end)
{
	return memcmp(w->peer, end->peer->ip, sizeof(w->peer)) == 0 && w->peer_port == end->peer->port &&
		w->port == end->port && w->peer_scope == end->peer->scope;
}

/* Fills in set and key also where there is none. */
static bool find(const struct flows *f, const struct flow_end *end, struct found *found)
{
	struct cache_entry *set = found->set = set_of(f, end, &found->key);
	unsigned way =
		cache_find(set, 0, found->key, &found->flow, sizeof(found->flow), &found->stamp);

	if (way == CACHE_WAYS || ((uint32_t)found->stamp & ~ACCEPTED) != sum_of(&found->flow) ||
		!is_of(&found->flow, end) || !counts(found->stamp, seconds_now()))
		return false;
	found->e = &set[way];
	found->accepted = (uint32_t)found->stamp & ACCEPTED;
	return true;
}

/* What gives way first: what does not count, what is not accepted, the oldest. NULL: nothing does for one
 * that is not accepted. */
static struct cache_entry *place(struct cache_entry *set, uint64_t key, bool accepted, uint32_t now)
{
	struct cache_entry *worst = NULL;
	uint32_t most = 0;

	for (unsigned i = 0; i < CACHE_WAYS; i++) {
		uint64_t is = atomic_load(&set[i].key), stamp = atomic_load(&set[i].stamp);
		if (is == key || !is || !counts(stamp, now))
			return &set[i];
		uint32_t age = now - cache_age(stamp) + 1; /* small: it counts */
		if (!((uint32_t)stamp & ACCEPTED))
			age += 2 * FLOW_SECONDS;
		else if (!accepted)
			continue;
		if (!worst || (int32_t)(age - most) > 0) {
			worst = &set[i];
			most = age;
		}
	}
	return worst;
}

static bool keep(struct flows *f, _Atomic uint32_t *generation, const struct flow_end *end,
	const struct addr *at, bool accepted)
{
	struct found found;
	uint32_t now = seconds_now();

	if (!flows_any(f))
		make_key(f);
	bool has = find(f, end, &found), same = has && addr_equal(&found.flow.at, at);

	if (has && found.accepted && !accepted && !same)
		return false;
	if (same && found.accepted >= accepted && now - cache_age(found.stamp) < FRESH_SECONDS)
		return false;
	accepted |= has && found.accepted;
	/* while it stands there twice the first counts */
	struct cache_entry *e = has ? found.e : place(found.set, found.key, accepted, now);
	if (!e)
		return true;
	uint64_t before = atomic_load(&e->key);
	bool dropped = before && before != found.key && counts(atomic_load(&e->stamp), now);
	struct flow flow = flow_of(end, at);
	cache_write(e, found.key, cache_stamp(now, sum_of(&flow) | (accepted ? ACCEPTED : 0)), &flow, sizeof(flow));
	if (!atomic_exchange(&f->any, true))
		generation_next(generation);
	return dropped;
}

bool flows_came(struct flows *f, _Atomic uint32_t *generation, const struct flow_end *end, const struct addr *at)
{
	return f && keep(f, generation, end, at, false);
}

bool flows_accepted(
	struct flows *f, _Atomic uint32_t *generation, const struct flow_end *end, const struct addr *at)
{
	return f && keep(f, generation, end, at, true);
}

void flows_home(struct flows *f, const struct flow_end *end, bool accepted)
{
	struct found found;

	if (flows_any(f) && find(f, end, &found) && (accepted || !found.accepted))
		cache_forget(found.set, found.key);
}

bool flows_find(const struct flows *f, const struct flow_end *end, struct addr *at)
{
	struct found found;

	if (!flows_any(f) || !find(f, end, &found))
		return false;
	*at = found.flow.at;
	return true;
}
