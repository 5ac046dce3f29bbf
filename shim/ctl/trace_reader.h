/* SPDX-License-Identifier: MIT */
/* The records of a running host in order, as they come: the seat is taken, kept and given back, slots of its
 * dead threads are freed, losses are counted. */
#ifndef BOND_CTL_TRACE_READER_H
#define BOND_CTL_TRACE_READER_H

#include "live_seat.h"
#include "segment/ring_read.h"

struct trace_reader {
	struct live_seat seat;
	const struct running *host;
	struct ring_reader *ring;
	uint16_t bit;     /* of what is for us */
	uint64_t renewed; /* when, in nanoseconds */
	uint64_t left;    /* so, 0 = not yet: what is there is still read for a moment */
	unsigned lapsed;  /* how often the host had stopped to write, as we had not said that we are there */
	const char *why;  /* it ended without trace_reader_leave(), or NULL */
};

/* Begins. 0, or EXIT_FAILURE after it wrote to `complaints` why; r and filter must live as long. */
int trace_reader_open(struct trace_reader *t, const struct running *r, uint32_t wants,
	const struct filter *filter, FILE *complaints);

enum trace_outcome {
	TRACE_RECORD,  /* *record is filled in, and is for us */
	TRACE_NOTHING, /* none is there: come again in a millisecond */
	TRACE_ENDED    /* none will come: the host has ended, or its file is gone, or after trace_reader_leave() */
};
enum trace_outcome trace_reader_next(struct trace_reader *t, struct ring_record *record);

/* The host writes no more for us; trace_reader_next() gives the rest. */
void trace_reader_leave(struct trace_reader *t);

/* Records that were lost so far, those for other bondctl with them: the ring has no room for all that a host
 * does while nobody comes to read it. */
uint64_t trace_reader_lost(const struct trace_reader *t);

void trace_reader_close(struct trace_reader *t);

#endif
