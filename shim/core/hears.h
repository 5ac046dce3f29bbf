/* SPDX-License-Identifier: MIT */
/* Which addresses and ports the host itself hears datagrams on: a send there is never steered. Counted per
 * hash, so that hosts with thousands of RTP ports cost a send no more than two loads; a hit is then
 * looked up in the descriptor table. Per process, inherited by fork; no lock. */
#ifndef BOND_CORE_HEARS_H
#define BOND_CORE_HEARS_H

#include <stdatomic.h>

#include "config/addr.h"

#define HEARS_SLOTS 65536

extern _Atomic uint16_t hears_counts[HEARS_SLOTS] __attribute__((visibility("hidden")));

/* Whether an IPv4 address of that list of routes (config/match_table.h) is one where the host hears
 * datagrams, at some port; fast_outdate() is called when that becomes so. */
bool hears_in_list(uint32_t list);

/* Whether a socket hears all addresses of this machine, at some port; the same holds. */
bool hears_everything(void);

/* Learns this machine's addresses, which a wildcard socket answers to. Once, in the constructor. */
void hears_init(void);

/* A descriptor that listens on a (or no longer does): called for each, duplicates too. */
void hears_add(const struct addr *a);
void hears_remove(const struct addr *a);

/* The whole question of hears_at(). */
bool hears_at_slow(const struct addr *dst);

/* The addresses of this machine, as of the start. */
const struct addr *hears_addresses(size_t *count);

/* Whether a is an address of this machine. */
bool hears_is_local(const struct addr *a);

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
static inline bool hears_may(uint32_t low, uint16_t port)
{
	unsigned here = hears_hash(low, port), any = hears_hash(0, port);

	return atomic_load_explicit(&hears_counts[here], memory_order_relaxed) |
		atomic_load_explicit(&hears_counts[any], memory_order_relaxed);
}

/* Whether dst is where the host itself hears datagrams. */
static inline bool hears_at(const struct addr *dst)
{
	return hears_may(hears_low(dst), dst->port) && hears_at_slow(dst);
}

#endif
