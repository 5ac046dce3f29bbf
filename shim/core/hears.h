/* SPDX-License-Identifier: MIT */
/* Which addresses and ports the host itself hears datagrams on: a send there is never steered. Counted per
 * hash, so that hosts with thousands of RTP ports cost a send no more than two loads; a hit is then
 * looked up among the descriptors. Per process, inherited by fork; no lock. */
#ifndef BOND_CORE_HEARS_H
#define BOND_CORE_HEARS_H

#include <stdatomic.h>

#include "config/match_table.h"
#include "rules.h"
#include "segment/locals.h"
#include "sockets.h"

#define HEARS_SLOTS 65536
#define HEARS_LOCAL_MAX 4096
#define HEARS_LISTS_MAX 4096 /* of the lists behind, each is taken for one with such addresses */

_Static_assert(LOCALS_MAX == HEARS_LOCAL_MAX, "the same numbers");

struct hears {
	_Atomic uint16_t counts[HEARS_SLOTS];
	_Atomic uint32_t wildcards;
	struct addr local[HEARS_LOCAL_MAX]; /* this machine's addresses, which a wildcard socket answers to: */
	_Atomic uint8_t gone[HEARS_LOCAL_MAX]; /* not at present, */
	_Atomic size_t local_count; /* and none is taken out */
};

/* A descriptor that listens on a (or no longer does): called for each, duplicates too. True: what was
 * decided by the lists of routes of r need no longer hold. When one goes, all of it does. */
bool hears_add(struct hears *h, const struct rules *r, const struct addr *a);
void hears_remove(struct hears *h, const struct rules *r, const struct addr *a);

/* The same for a listener at a that hears opened members of r too, besides what is said of a itself. */
bool hears_add_opened(struct hears *h, const struct rules *r, const struct addr *a);
void hears_remove_opened(struct hears *h, const struct rules *r, const struct addr *a);

/* Counts what s has in the lists of r anew: at least that is counted then, whatever is added meanwhile. */
void hears_recount(const struct hears *h, const struct rules *r, const struct sockets *s);

/* Whether an IPv4 address of that list of routes of r (config/match_table.h) is one where the host hears
 * datagrams, at some port. */
bool hears_in_list(const struct rules *r, uint32_t list);

/* Whether a socket hears all addresses of this machine, at some port. */
bool hears_everything(const struct hears *h);

/* Takes what has changed of them; the sockets are to be counted anew then. By one thread at a time. */
void hears_take(struct hears *h, const struct locals *l);

/* Whether a is an address of this machine. */
bool hears_is_local(const struct hears *h, const struct addr *a);

static inline unsigned hears_hash(uint32_t ip, uint16_t port)
{
	return ((ip ^ (uint32_t)port << 8) * 0x9E3779B1u) >> 16;
}

static inline uint32_t hears_low(const struct addr *a)
{
	uint32_t low;

	memcpy(&low, a->ip + 12, sizeof(low));
	return low;
}

/* False: the host does not hear datagrams at that address (as it stands in memory) and port. */
static inline bool hears_may(const struct hears *h, uint32_t low, uint16_t port)
{
	unsigned here = hears_hash(low, port), any = hears_hash(0, port);

	return atomic_load_explicit(&h->counts[here], memory_order_relaxed) |
		atomic_load_explicit(&h->counts[any], memory_order_relaxed);
}

/* The whole question of hears_at(). */
bool hears_at_slow(const struct hears *h, const struct sockets *s, const struct rules *r, const struct addr *dst);

/* Whether dst is where the host itself hears datagrams, opened members of r too. */
static inline bool hears_at(const struct hears *h, const struct sockets *s, const struct rules *r,
	const struct addr *dst)
{
	return hears_may(h, hears_low(dst), dst->port) && hears_at_slow(h, s, r, dst);
}

#endif
