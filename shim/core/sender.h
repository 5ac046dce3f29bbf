/* SPDX-License-Identifier: MIT */
/* Who sends where, as far as a decision asks for it. */
#ifndef BOND_CORE_SENDER_H
#define BOND_CORE_SENDER_H

#include "arrival.h"
#include "sockets.h"

#define DECIDE_USE_ROUTES (UINT16_MAX - 1)

/* Who sends: a UDP or TCP socket of the host. */
struct sender {
	const struct addr *source; /* where it sends from today: bound to, or set by its own pktinfo */
	const struct addr *dst;
	uint32_t bits; /* of sockets.h */
	bool wide;     /* the source is that by which the host knows a listener of opened members, which
			* hears them, too */
	uint16_t use;  /* the bond that bond_use() set for the thread, DECIDE_USE_ROUTES, or MODEL_NONE: one
			* that is gone */
	const struct addr *reply; /* of a response: the address that its request came to */
	const struct arrival *arrival; /* of a request that is edited or routed by it, else NULL */
	const struct arrival_now *now; /* of a connection: what the thread has read last */
};

/* Whether its socket hears more than one address, so that the kernel's choice of a source says nothing. */
static inline bool sender_is_many(const struct sender *s)
{
	return addr_is_any(s->source) || s->wide;
}

#endif
