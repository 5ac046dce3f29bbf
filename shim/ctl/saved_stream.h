/* SPDX-License-Identifier: MIT */
/* The bytes of connections in the order in which they were sent, whatever the order in which they were captured. */
#ifndef BOND_CTL_SAVED_STREAM_H
#define BOND_CTL_SAVED_STREAM_H

#include "saved.h"

#define STREAM_FLOWS 512 /* directions of connections that are known at a time */

struct stream_held; /* a segment that is ahead of what is missing */

struct stream_flow {
	struct addr from, to;
	uint32_t next; /* sequence number */
	unsigned flags; /* PACKET_ARRIVED */
	int64_t at;     /* of its last segment */
	struct stream_held *held; /* in their order */
	size_t held_count;
};

struct stream_flows {
	struct stream_flow of[STREAM_FLOWS];
	unsigned count;
};

struct stream_segment {
	uint32_t at;   /* sequence number */
	bool syn, acks;
	uint32_t acknowledged;
	const uint8_t *bytes;
	size_t n;      /* that were captured, */
	size_t whole;  /* and that there were */
};

/* Gives to the ladder what can be read by this segment, which v says the ends of. */
void stream_put(struct saved *s, struct stream_flows *flows, struct packet_view *v, const struct stream_segment *segment);

/* No more comes: gives it the rest. */
void stream_end(struct saved *s, struct stream_flows *flows);

#endif
