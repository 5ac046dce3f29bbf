/* SPDX-License-Identifier: MIT */
/* What the hooks look at in every call: one cache line of this process, written at start and when the rules
 * change, and the page that all processes of the host share (segment/page.h). Only hooks/ and datagram/fast
 * decide by it; all else takes this_host (process.h). */
#ifndef BOND_HOT_H
#define BOND_HOT_H

#include <stdatomic.h>

#include "base/likely.h"
#include "config/match_table.h"
#include "segment/page.h"

/* Of page.p.mode, which is 0 until the constructor has run and as long as libbond is inert: tested first. */
enum {
	HOT_INERT = 0,
	HOT_ACTIVE = 1,     /* descriptors are followed, sends are decided */
	HOT_TRACE_FILE = 2, /* BOND_TRACE */
	HOT_CLIENTS = 4, /* there are client sockets of which every send is looked at (datagram/rebind.h) */
	HOT_TRACE_LIVE = SEGMENT_MODE_LIVE, /* bondctl trace; the byte is bondctl's, see segment/page.h */
	HOT_PACKETS = SEGMENT_MODE_PACKETS, /* so: it wants messages as they are on the wire */
	HOT_LIVE = HOT_TRACE_LIVE | HOT_PACKETS,
	HOT_TRACE = HOT_TRACE_FILE | HOT_LIVE
};

/* page.p.active_span: address_span (below) while mode is HOT_ACTIVE and nothing else; 0: it will never be
 * that again; below HOT_CLOSED: bondctl closed it for a live trace, each of which has a number of its own.
 * No address is so near to HOT_ADDRESS_LOW, and who opens it again does so only where that number still
 * stands: so nobody who comes late opens what was closed for another reason meanwhile. */
#define HOT_CLOSED SEGMENT_SPAN_CLOSED
extern union segment_page_room page __attribute__((visibility("hidden")));

struct hot {
	bool domains;  /* the rules have domains */
	bool changing; /* to other rules: no way is kept */
	uint32_t generation; /* of the rules that all this is of; written last */
	uint32_t addresses;  /* page.addresses, so */
	/* Where a program's memory can lie at all: from HOT_ADDRESS_LOW on, so many bytes. A variable,
	 * because a compare with memory is shorter than one with a constant of that size. */
	uintptr_t address_span;
	const int32_t *octets;          /* of match */
	const uint32_t *domain_routes;  /* so, see core/domains.h */
} __attribute__((aligned(64)));
_Static_assert(sizeof(struct hot) == 64, "one cache line");

#define HOT_ADDRESS_LOW 65536

extern struct hot hot __attribute__((visibility("hidden")));

/* There are such client sockets from now on. */
void hot_has_clients(void) __attribute__((visibility("hidden")));

/* Opens the short way of sendto() again, once a live trace is over. */
void hot_reopen(void) __attribute__((visibility("hidden")));

#endif
