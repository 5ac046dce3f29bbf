/* SPDX-License-Identifier: MIT */
/* A packet of a capture, as a message or a piece of a connection. */
#ifndef BOND_CTL_SAVED_PACKET_H
#define BOND_CTL_SAVED_PACKET_H

#include "saved.h"

#define SAVED_FLOWS 512 /* directions of connections that are known at a time */
#define SAVED_OWN 64    /* ends of the host's */

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
	struct {
		struct addr from, to;
		uint32_t next; /* sequence number */
	} flows[SAVED_FLOWS];
	unsigned flow_count;
	struct addr own[SAVED_OWN];
	unsigned own_count;
};

/* Puts what it carries into the ladder. */
void saved_packet_put(struct saved *s, struct saved_packets *before, const struct saved_packet *p);

#endif
