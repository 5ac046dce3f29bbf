/* SPDX-License-Identifier: MIT */
/* Members that the INI opens: one of the host's own listeners hears them besides its own address. PURE. */
#ifndef BOND_CORE_OPENED_H
#define BOND_CORE_OPENED_H

#include "rules.h"

/* How a listener takes what comes to opened members. */
enum opened {
	OPENED_NOT,
	OPENED_WIDE, /* the kernel has it bound to every address, with a filter (preload/opened/) */
	OPENED_LOOKUP, /* a program in the kernel leads what comes to them there (preload/lookup/) */
	OPENED_SOURCE, /* libbond's own socket, which hears nothing: a member is sent from it whose port is none of the
	                * host's */
};

/* Whether it does. */
static inline bool opened_hears(uint8_t how)
{
	return how == OPENED_WIDE || how == OPENED_LOOKUP;
}

/* Whether a listener at that address can hear others: not one that hears every address itself, nor one at a link-local
 * address, which the kernel ties to its interface. */
static inline bool opened_takes(const struct addr *at)
{
	return !addr_is_any(at) && !(at->family == AF_INET6 && addr_scope(at) == ADDR_LINK_LOCAL);
}

/* Whether a listener at that address, for datagrams or connections, is one by which m can be opened. */
static inline bool opened_fits(const struct addr *at, bool datagram, const struct member *m)
{
	return m->open && m->addr.port == at->port && m->addr.family == at->family &&
		datagram == (m->transport == TRANSPORT_UDP) && opened_takes(at);
}

/* Whether a listener there that has a filter hears m by it, by whatever way that was to be opened, and not by itself. */
bool opened_heard(const struct addr *at, bool datagram, const struct member *m);

/* Whether a listener at that address that speaks t is one to which what comes to m can be led, whatever their
 * ports: of another port only one of SIP's. */
bool opened_leads(const struct rules *r, const struct addr *at, enum transport t, const struct member *m);

/* The same, if m were opened that way. */
bool opened_could_lead(const struct rules *r, const struct addr *at, enum transport t, const struct member *m);

/* Whether what comes to dst is a member's that can. */
bool opened_leads_from(const struct rules *r, const struct addr *at, enum transport t, const struct addr *dst);

/* The first member of r's configuration that a listener there opens by a filter, which does not hear it by itself; or
 * NULL. */
const struct member *opened_first(const struct rules *r, const struct addr *at, bool datagram);

/* Whether a listener there opens the member of that address and port. */
bool opened_at(const struct rules *r, const struct addr *at, bool datagram, const struct addr *dst);

#endif
