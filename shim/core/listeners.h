/* SPDX-License-Identifier: MIT */
/* The host's own listeners in the order in which it bound them, and the members that they carry
 * ("adopted"). Per process, inherited by fork; slots are taken by compare-and-swap, no lock. */
#ifndef BOND_CORE_LISTENERS_H
#define BOND_CORE_LISTENERS_H

#include <stdatomic.h>

#include "hears.h"
#include "opened.h"
#include "rules.h"
#include "sockets.h"

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
	uint8_t opened; /* enum opened */
};

struct listeners {
	struct listener slots[LISTENERS_MAX];
	_Atomic unsigned used;  /* slots ever taken: bounds every loop */
	_Atomic uint32_t order; /* of binding, across reused slots */
};

/* A listener as it is bound. */
struct listener_of {
	int fd;
	const struct addr *addr;
	bool datagram, v6only;
	bool seen; /* see struct listener */
	enum opened opened;
};

/* Adds it and lets it adopt members; returns its number, or -1 when the table is full. */
int listeners_add(struct listeners *ls, const struct rules *r, const struct listener_of *of);

/* The descriptor fd of listener number n is gone: another of s takes its place, or it ends. */
void listeners_fd_gone(struct listeners *ls, const struct rules *r, const struct sockets *s, int n, int fd);

/* Lets all members of r be adopted anew. */
void listeners_adopt(const struct listeners *ls, const struct rules *r);

/* The listener that carries member m of r, or NULL. Its fd may have gone meanwhile: check for -1. */
static inline const struct listener *listeners_of_member(
	const struct listeners *ls, const struct rules *r, uint32_t m)
{
	unsigned n = atomic_load_explicit(&r->carriers[m], memory_order_acquire);

	return n ? &ls->slots[n - 1] : NULL;
}

/* Its number. */
static inline int listeners_number(const struct listeners *ls, const struct listener *l)
{
	return (int)(l - ls->slots);
}

/* The first listener of that transport and family that is bound to a specific address (the one a
 * host names in its headers), else NULL. */
const struct listener *listeners_first(const struct listeners *ls, enum transport t, uint16_t family);

/* The listener bound to exactly that address (and port, if it is not 0), or NULL. */
const struct listener *listeners_at(const struct listeners *ls, enum transport t, const struct addr *addr);

/* The same, else the first one of that port that takes other addresses too: a wildcard, or one of opened
 * members, from which the address is taken to be. */
const struct listener *listeners_hearing(
	const struct listeners *ls, enum transport t, const struct addr *addr);

/* How many slots were ever taken, and whether slot i holds a listener, live or closed. */
unsigned listeners_count(const struct listeners *ls);
bool listeners_is_known(const struct listeners *ls, unsigned i);

/* Whether dst is one of the host's own stream listeners, whichever of its processes holds it. */
bool listeners_own_stream(const struct listeners *ls, const struct rules *r, const struct hears *h,
	const struct addr *dst);

/* Whether one of the host's listeners, whichever of its processes holds it, takes what comes to the member. */
bool listeners_hear(const struct listeners *ls, const struct member *m);

/* How a listener of m's kind, family and port opens members already, whichever process has it; OPENED_NOT: none
 * does. */
enum opened listeners_opening(const struct listeners *ls, const struct member *m);

/* The listener to which what comes to m is led: of its port, else the first of SIP's; or NULL. here: one that this
 * process has open. */
const struct listener *listeners_leading(
	const struct listeners *ls, const struct rules *r, const struct member *m, bool here);

/* The listener to which a connection was led, by sk_lookup, that came to that address and port; or NULL. */
const struct listener *listeners_led(const struct listeners *ls, const struct rules *r, const struct addr *to);

/* Listener number n opens members from now on. */
void listeners_open(struct listeners *ls, const struct rules *r, int n, enum opened how);

/* Whether it matters to which address a datagram came: on every wildcard that carries a member, as the
 * kernel's own choice for an answer need not be the address that was asked (RFC 3581 4). */
bool listeners_needs_arrivals(const struct listeners *ls, const struct rules *r, int n);

#endif
