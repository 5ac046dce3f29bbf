/* SPDX-License-Identifier: MIT */
/* The host's own listeners in the order in which it bound them, and the members that they carry
 * ("adopted"). Per process, inherited by fork; slots are taken by compare-and-swap, no lock. */
#ifndef BOND_CORE_LISTENERS_H
#define BOND_CORE_LISTENERS_H

#include <stdatomic.h>

#include "config/model.h"

#define LISTENERS_MAX 4096 /* sockets of SIP; one beyond carries no member and has no name */

struct listener {
	_Atomic int fd;    /* one of its descriptors, -1 when the last was closed */
	_Atomic int state;
	uint32_t order;
	struct addr addr;
	uint8_t transport;
	bool any;  /* bound to every address of its family (both, if dual) */
	bool dual; /* [::] that takes IPv4 too */
	bool seen; /* bound before our eyes: only then may it carry a member */
};

extern struct listener listeners[LISTENERS_MAX] __attribute__((visibility("hidden")));

void listeners_init(const struct config *c);

/* Adds the socket fd, bound to addr, and lets it adopt members; returns its number or -1 when the
 * table is full. v6only and seen as they say. */
int listeners_add(int fd, const struct addr *addr, bool datagram, bool v6only, bool seen);

/* The descriptor fd of listener number n is gone: another takes its place, or it ends. */
void listeners_fd_gone(int n, int fd);

/* The listener that carries member m, or NULL. Its fd may have gone meanwhile: check for -1. */
const struct listener *listeners_of_member(uint32_t m);

/* The first listener of that transport and family that is bound to a specific address (the one a
 * host names in its headers), else NULL. */
const struct listener *listeners_first(enum transport t, uint16_t family);

/* The listener bound to exactly that address (and port, if it is not 0), or NULL. */
const struct listener *listeners_at(enum transport t, const struct addr *addr);

/* The same, else the first wildcard one of that port that takes the address. */
const struct listener *listeners_hearing(enum transport t, const struct addr *addr);

/* How many slots were ever taken, and whether slot i holds a listener, live or closed. */
unsigned listeners_count(void);
bool listeners_is_known(unsigned i);

/* Whether dst is one of the host's own stream listeners, whichever of its processes holds it. */
bool listeners_own_stream(const struct addr *dst);

/* Whether one of the host's listeners, whichever of its processes holds it, takes what comes to member m. */
bool listeners_hear(uint32_t m);

/* Whether it matters to which address a datagram came: on every wildcard that carries a member, as the
 * kernel's own choice for an answer need not be the address that was asked (RFC 3581 4). */
bool listeners_needs_arrivals(int n);

/* Whether SIP over TCP is what the host speaks at that address: it is a tcp member, a `socket` of a
 * route, or at one of sip-ports, and neither a member of another stream transport nor at its port. */
bool listeners_speak_tcp(const struct addr *a);

/* Whether a port is one of SIP: a member's, one of sip-ports, or named by `socket`. */
bool listeners_is_sip_port(uint16_t port);

#endif
