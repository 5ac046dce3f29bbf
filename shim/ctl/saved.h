/* SPDX-License-Identifier: MIT */
/* A trace that was written earlier, read again as messages for a ladder: lines of BOND_TRACE or bondctl trace, and
 * captures, pcapng and pcap, of bondctl or of others. Whoever wrote it: nothing in it is trusted. */
#ifndef BOND_CTL_SAVED_H
#define BOND_CTL_SAVED_H

#include <stdio.h>

#include "ladder.h"

struct saved {
	FILE *in;
	struct ladder *ladder;
	long zone;             /* seconds east of UTC, of times of day */
	unsigned char head[4]; /* its first bytes, which were looked at already, */
	size_t head_n, head_at;
	const char *why;       /* it ends within something, or is damaged; NULL = it is whole */
	uint64_t fragments;    /* pieces of datagrams of which others are missing, and */
	uint64_t cut;          /* packets of which not all was captured: left out */
	uint64_t gaps;         /* places of connections of which bytes are missing */
	int64_t link;          /* of packets that are not understood, -1 = none */
};

/* Reads all of in. What is wrong is said in s. */
void saved_read(struct saved *s, FILE *in, struct ladder *ladder, long zone);

/* n bytes; false: there are no more, or not so many. */
bool saved_bytes(struct saved *s, void *to, size_t n);

/* Gives these bytes of a packet to the ladder, between the ends that v says. */
void saved_put(struct saved *s, struct packet_view *v, const uint8_t *bytes, size_t n);

/* Those that are written as lines, and as packets. */
void saved_lines(struct saved *s);
void saved_pcapng(struct saved *s);
void saved_pcap(struct saved *s);

#endif
