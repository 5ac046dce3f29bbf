/* SPDX-License-Identifier: MIT */
/* A packet of a capture, as a message or a piece of a connection. */
#ifndef BOND_CTL_SAVED_PACKET_H
#define BOND_CTL_SAVED_PACKET_H

#include "saved.h"
#include "saved_pieces.h"
#include "saved_stream.h"

#define SAVED_OWN 64    /* ends of the host's */
#define SAVED_RECENT 64 /* packets that may have been captured on several interfaces */

enum saved_way { SAVED_WAY_UNKNOWN, SAVED_ARRIVED, SAVED_LEFT };

struct saved_packet {
	int64_t at; /* nanoseconds since 1970 */
	unsigned link; /* LINKTYPE_ */
	enum saved_way way;
	const uint8_t *bytes;
	size_t n;     /* that were captured, */
	size_t whole; /* and that there were */
	const char *verdict; /* comments of bondctl, "" = none: on the packet, */
	const char *host;    /* and on the host's view of it */
};

/* What is known of the packets before. */
struct saved_packets {
	struct stream_flows flows;
	struct pieces pieces;
	struct {
		uint64_t hash;
		int64_t at;
	} recent[SAVED_RECENT];
	unsigned recent_count;
	struct addr own[SAVED_OWN];
	unsigned own_count;
};

/* Puts what it carries into the ladder. */
void saved_packet_put(struct saved *s, struct saved_packets *before, const struct saved_packet *p);

/* There are no more. */
void saved_packet_end(struct saved *s, struct saved_packets *before);

#endif
