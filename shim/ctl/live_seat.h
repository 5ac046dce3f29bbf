/* SPDX-License-Identifier: MIT */
/* bondctl's seat in the live trace of a running host (segment/live.h): what makes the host write for it, and
 * stop. Everything goes by pread(2) and pwrite(2), one bondctl after the other under flock(2). */
#ifndef BOND_CTL_LIVE_SEAT_H
#define BOND_CTL_LIVE_SEAT_H

#include "running.h"
#include "segment/live.h"

struct live_seat {
	int fd; /* of the host's file, for writing too */
	const struct segment_head *head;
	const struct filter *filter;
	uint32_t wants;  /* LIVE_... */
	unsigned number; /* of the seat */
	uint64_t mark;   /* that it is still ours */
	int64_t clock;   /* seconds that CLOCK_MONOTONIC of the host is ahead, see time_namespaces(7) */
};

/* Where a record says that it is for this seat. */
static inline uint16_t live_seat_bit(const struct live_seat *s)
{
	return (uint16_t)(1 << s->number);
}

/* Opens the file and, if nobody did so before, makes the ring in it: nothing is switched on. 0, or EXIT_FAILURE
 * after it wrote to `complaints` why. r and filter must live as long as s. */
int live_seat_open(struct live_seat *s, const struct running *r, uint32_t wants, const struct filter *filter,
	FILE *complaints);

/* Takes a seat and switches the trace on. So. */
int live_seat_take(struct live_seat *s, FILE *complaints);

/* Once a second. LAPSED: the lease had run out, as where this process was stopped, and what the host did
 * meanwhile was not written; it is on again. */
enum live_seat_state { LIVE_SEAT_HELD, LIVE_SEAT_LAPSED, LIVE_SEAT_LOST };
enum live_seat_state live_seat_renew(struct live_seat *s);

/* Gives the seat back: if nobody else has one the host's next call ends the trace. The descriptor stays open
 * for what is still to be read, until live_seat_close(). */
void live_seat_leave(struct live_seat *s);
void live_seat_close(struct live_seat *s);

#endif
