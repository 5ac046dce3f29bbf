/* SPDX-License-Identifier: MIT */
/* Members that the INI opens: one of the host's own listeners hears them besides its own address. PURE. */
#ifndef BOND_CORE_OPENED_H
#define BOND_CORE_OPENED_H

#include "rules.h"

/* How a listener takes what comes to opened members. */
enum opened {
	OPENED_NOT,
	OPENED_WIDE, /* the kernel has it bound to every address, with a filter (preload/opened/) */
};

/* Whether a listener at that address, for datagrams or connections, is one by which m can be opened. */
static inline bool opened_fits(const struct addr *at, bool datagram, const struct member *m)
{
	return m->open && m->addr.port == at->port && m->addr.family == at->family &&
		datagram == (m->transport == TRANSPORT_UDP) && !addr_is_any(at);
}

/* The first member of r's configuration that a listener there opens, which does not hear it by itself; or
 * NULL. */
const struct member *opened_first(const struct rules *r, const struct addr *at, bool datagram);

/* Whether a listener there opens the member of that address and port. */
bool opened_at(const struct rules *r, const struct addr *at, bool datagram, const struct addr *dst);

/* The addresses of all of them that are not `at` itself, each once, into list from number `count` on, which has
 * room for so many. Returns how many there are then. */
size_t opened_list(const struct rules *r, const struct addr *at, bool datagram, struct addr *list, size_t count,
	size_t room);

#endif
