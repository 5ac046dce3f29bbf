/* SPDX-License-Identifier: MIT */
/* To which address of a listener that has several each peer came last, so that what the host sends there
 * leaves from it (RFC 5626 3): a cache that all processes of the host share, because another one may send.
 *
 * Anyone can send from a forged address. So a flow that the host has accepted, by a success to a request
 * that it admits others by, gives way to nothing but others like it, and one address (an IPv6 /64) reaches
 * few of all places, which nobody outside can tell. */
#ifndef BOND_SEGMENT_FLOWS_H
#define BOND_SEGMENT_FLOWS_H

#include "base/cache.h"
#include "config/addr.h"
#include "sip/prf.h"

#define FLOWS_BITS 14         /* 65,536 flows in 4 MiB, */
#define FLOWS_ADDRESS_SETS 64 /* of which one address reaches 256 at most */
#define FLOW_SECONDS 90000    /* a flow lives on: a registration of a day is renewed by then */
#define FLOWS_SEEN_BITS 16    /* of a hash of addresses */

struct flows {
	struct prf_key key; /* by which a flow has its place: made with the first */
	_Atomic bool any;
	uint8_t pad[47];
	_Atomic uint64_t seen[(1 << FLOWS_SEEN_BITS) / 64]; /* that a flow was kept of; none is taken out */
	struct cache_entry sets[1 << FLOWS_BITS][CACHE_WAYS];
};

/* What a flow is found by: who, and the port by which the host knows the listener. FLOW_NAMED: the peer has named
 * that port of its own for what follows, by whichever transport; and port 0 with it is any of the peer's. */
struct flow_end {
	const struct addr *peer;
	uint16_t port;
};
#define FLOW_NAMED 0

/* How sure it is that the peer has that address: of a datagram nobody knows who sent it, a connection has
 * proved it, and the host has let one in. Gives way to nothing that is less. */
enum flow_trust { FLOW_CAME, FLOW_PROVED, FLOW_ACCEPTED };

/* What became of a flow: both may be. */
enum { FLOW_KEPT = 1, FLOW_DROPPED = 2 /* there was no room, or for its sake another that counted was dropped */ };

/* Something of that peer came to `at`, or the host has accepted a request of it: what is trusted at one address is
 * not moved to another by what is less so. The first flow that is kept voids kept decisions. 0: it is as it
 * was, or stays so. f may be NULL here and below: there is no memory. */
unsigned flows_keep(struct flows *f, _Atomic uint32_t *generation, const struct flow_end *end, const struct addr *at,
	enum flow_trust trust);

/* The same of what was accepted. True: FLOW_DROPPED. */
bool flows_accepted(
	struct flows *f, _Atomic uint32_t *generation, const struct flow_end *end, const struct addr *at);

/* It came to the host's own address: what only came elsewhere before is forgotten; accepted: all of it. */
void flows_home(struct flows *f, const struct flow_end *end, bool accepted);

bool flows_find(const struct flows *f, const struct flow_end *end, struct addr *at);

/* So, and how far it is trusted, enum flow_trust; -1: there is none. */
int flows_trust(const struct flows *f, const struct flow_end *end, struct addr *at);

/* Where the last four bytes of an address, as they stand in memory, are among those of which a flow was kept. */
static inline uint32_t flows_seen_hash(uint32_t low)
{
	return (low * 0x9E3779B1u) >> (32 - FLOWS_SEEN_BITS);
}

/* False: none was kept of any such address. */
static inline bool flows_may(const struct flows *f, uint32_t low)
{
	uint32_t bit = flows_seen_hash(low);

	return f && atomic_load_explicit(&f->seen[bit / 64], memory_order_relaxed) >> bit % 64 & 1;
}

/* Whether any was kept. */
static inline bool flows_any(const struct flows *f)
{
	return f && atomic_load_explicit(&f->any, memory_order_acquire);
}

#endif
