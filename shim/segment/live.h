/* SPDX-License-Identifier: MIT */
/* The live trace of a running host: the ring that it writes to, and a seat for each bondctl that reads
 * there. A section of the file, which is a hole in it until the first bondctl takes its space and makes the
 * ring; the host touches it only while HOT_TRACE_LIVE is set (preload/hot.h).
 *
 * bondctl begins: seat, page.trace_until, HOT_TRACE_LIVE, page.active_span. It writes both times anew each
 * second. The first call that is traced after page.trace_until ends it in the host (preload/trace/live.c);
 * so it is also ended where bondctl was killed, or ends and writes 0. Several bondctl write one after the
 * other, under flock(2). */
#ifndef BOND_SEGMENT_LIVE_H
#define BOND_SEGMENT_LIVE_H

#include "filter.h"
#include "ring.h"

#define LIVE_SEATS 8 /* bondctl at once */
#define LIVE_LEASE 5 /* seconds; longer than a second or two for which bondctl may not come to run */

/* What a reader wants. */
enum { LIVE_LINES = 1, LIVE_PACKETS = 2 };

union live_place {
	struct {
		_Atomic uint32_t until; /* as live_holds() has it; 0 = nobody sits here */
		uint32_t wants;         /* LIVE_... */
		struct filter filter;
		uint64_t mark; /* who sits here */
	};
	char room[4096];
};
_Static_assert(sizeof(union live_place) == 4096, "a filter fits");

/* The last eight bytes of the first seat count how often one was taken. */
struct live {
	struct ring ring;
	union live_place seats[LIVE_SEATS]; /* its bit in ring_part.readers: 1 << its number */
};

/* Whether a lease holds. Times are seconds of CLOCK_MONOTONIC as the host has it; one that is too far away
 * is none of ours. */
static inline bool live_holds(uint32_t until, uint32_t now)
{
	return until && until - now - 1 < 2 * LIVE_LEASE;
}

#endif
