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

struct flows {
	struct prf_key key; /* by which a flow has its place: made with the first */
	_Atomic bool any;
	uint8_t pad[47];
	struct cache_entry sets[1 << FLOWS_BITS][CACHE_WAYS];
};

/* What a flow is found by: who, and the port by which the host knows the listener. */
struct flow_end {
	const struct addr *peer;
	uint16_t port;
};

/* Something of that peer came to `at`, or the host has accepted a request of it. What is accepted at one address is not
 * moved to another by what only came there. The first flow that is kept voids kept decisions. True: there
 * was no room, or for its sake another flow that counted was dropped. f may be NULL here and below: there is
 * no memory. */
bool flows_came(struct flows *f, _Atomic uint32_t *generation, const struct flow_end *end, const struct addr *at);
bool flows_accepted(
	struct flows *f, _Atomic uint32_t *generation, const struct flow_end *end, const struct addr *at);

/* It came to the host's own address: what only came elsewhere before is forgotten; accepted: all of it. */
void flows_home(struct flows *f, const struct flow_end *end, bool accepted);

bool flows_find(const struct flows *f, const struct flow_end *end, struct addr *at);

/* Whether any was kept. */
static inline bool flows_any(const struct flows *f)
{
	return f && atomic_load_explicit(&f->any, memory_order_acquire);
}

#endif
