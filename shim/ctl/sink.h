/* SPDX-License-Identifier: MIT */
/* Where the messages of a running host go that bondctl trace captures: a file, ladders, or both. In the order
 * of their times, as records of several processes may come in another. */
#ifndef BOND_CTL_SINK_H
#define BOND_CTL_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sink_options {
	const char *pcap; /* the file, "-" = standard output; NULL = none */
	bool both;        /* it has the host's own view as well */
	bool ladder;      /* on standard output, */
	bool svg;         /* as one SVG at the end */
};

/* NULL: it was said on standard error why not. */
struct sink *sink_open(const struct sink_options *o);

/* Adds a record of the ring, RING_PACKET. False: it is none. */
bool sink_put(struct sink *s, const void *record, size_t n);

/* After each batch of records, and at least once a second: writes what is there. now: nanoseconds since
 * 1970. False: nothing more can be written, and why was said on standard error. */
bool sink_tick(struct sink *s, int64_t now);

/* Writes the rest, and ends. False: not all could be written, as above. */
bool sink_close(struct sink *s);

#endif
