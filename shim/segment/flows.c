/* SPDX-License-Identifier: MIT */
/* A flow's age is the second in which it was used last, more or less: it is written anew only once that
 * matters. Beside it stands how far the flow is trusted, and a sum, since two writers at a time may have made
 * an entry of both their values. */
#include "flows.h"

#include <sys/auxv.h>

#include "base/generation.h"
#include "base/hash.h"
#include "base/seconds.h"

#define FRESH_SECONDS 60
#define TRUST_SHIFT 30 /* in the check */

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
	enum flow_trust trust;
};

static uint32_t stamp_now(void)
{
	return seconds_now() | 1; /* never 0; a second more or less */
}

static enum flow_trust trust_of(uint64_t stamp)
{
	return (enum flow_trust)((uint32_t)stamp >> TRUST_SHIFT);
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
	return (uint32_t)(sum >> 32) & ((UINT32_C(1) << TRUST_SHIFT) - 1);
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

	if (way == CACHE_WAYS || ((uint32_t)found->stamp ^ sum_of(&found->flow)) << (32 - TRUST_SHIFT) ||
		!is_of(&found->flow, end) || !counts(found->stamp, stamp_now()))
		return false;
	found->e = &set[way];
	found->trust = trust_of(found->stamp);
	return true;
}

/* What gives way first: what does not count, what is less trusted, the oldest. NULL: nothing does for one that is
 * not trusted more. */
static struct cache_entry *place(struct cache_entry *set, uint64_t key, enum flow_trust trust, uint32_t now)
{
	struct cache_entry *worst = NULL;
	uint32_t most = 0;

	for (unsigned i = 0; i < CACHE_WAYS; i++) {
		uint64_t is = atomic_load(&set[i].key), stamp = atomic_load(&set[i].stamp);
		if (is == key || !is || !counts(stamp, now))
			return &set[i];
		if (trust_of(stamp) > trust)
			continue;
		/* the age is small: it counts */
		uint32_t age = now - cache_age(stamp) + 1 + (FLOW_ACCEPTED - trust_of(stamp)) * 2 * FLOW_SECONDS;
		if (!worst || (int32_t)(age - most) > 0) {
			worst = &set[i];
			most = age;
		}
	}
	return worst;
}

static void note_seen(struct flows *f, const struct addr *peer)
{
	uint32_t low;

	memcpy(&low, peer->ip + 12, sizeof(low));
	uint32_t bit = flows_seen_hash(low);
	atomic_fetch_or(&f->seen[bit / 64], UINT64_C(1) << bit % 64);
}

unsigned flows_keep(struct flows *f, _Atomic uint32_t *generation, const struct flow_end *end, const struct addr *at,
	enum flow_trust trust)
{
	struct found found;
	uint32_t now = stamp_now();

	if (!f)
		return 0;
	if (!flows_any(f))
		make_key(f);
	bool has = find(f, end, &found), same = has && addr_equal(&found.flow.at, at);

	if (has && found.trust > trust && !same)
		return 0;
	if (same && found.trust >= trust && now - cache_age(found.stamp) < FRESH_SECONDS)
		return 0;
	if (has && found.trust > trust)
		trust = found.trust;
	/* while it stands there twice the first counts */
	struct cache_entry *e = has ? found.e : place(found.set, found.key, trust, now);
	if (!e)
		return FLOW_DROPPED;
	uint64_t before = atomic_load(&e->key);
	bool dropped = before && before != found.key && counts(atomic_load(&e->stamp), now);
	struct flow flow = flow_of(end, at);
	cache_write(e, found.key, cache_stamp(now, sum_of(&flow) | (uint32_t)trust << TRUST_SHIFT), &flow,
		sizeof(flow));
	note_seen(f, end->peer);
	if (!atomic_exchange(&f->any, true))
		generation_next(generation);
	return FLOW_KEPT | (dropped ? FLOW_DROPPED : 0);
}

bool flows_accepted(
	struct flows *f, _Atomic uint32_t *generation, const struct flow_end *end, const struct addr *at)
{
	return flows_keep(f, generation, end, at, FLOW_ACCEPTED) & FLOW_DROPPED;
}

void flows_home(struct flows *f, const struct flow_end *end, bool accepted)
{
	struct found found;

	if (flows_any(f) && find(f, end, &found) && (accepted || found.trust == FLOW_CAME))
		cache_forget(found.set, found.key);
}

int flows_trust(const struct flows *f, const struct flow_end *end, struct addr *at)
{
	struct found found;
	uint32_t low;

	memcpy(&low, end->peer->ip + 12, sizeof(low));
	if (!flows_may(f, low) || !find(f, end, &found))
		return -1;
	*at = found.flow.at;
	return (int)found.trust;
}

bool flows_find(const struct flows *f, const struct flow_end *end, struct addr *at)
{
	return flows_trust(f, end, at) >= 0;
}
