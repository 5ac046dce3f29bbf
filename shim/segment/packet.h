/* SPDX-License-Identifier: MIT */
/* What one message was, as it left or arrived, and as the host has it: a record of the ring, RING_PACKET,
 * for bondctl to write into a capture or to draw. Of a connection it is what one call of the host moved.
 *
 *	struct packet | texts[0] texts[1] ... | bytes of the wire | bytes of the host
 *
 * Both ends are of this machine. */
#ifndef BOND_SEGMENT_PACKET_H
#define BOND_SEGMENT_PACKET_H

#include "config/addr.h"

/* Names, for people; none ends in a NUL. */
enum packet_text {
	PACKET_CALL,    /* "sendto" */
	PACKET_BOND,    /* whose member it is, empty = none */
	PACKET_ROUTE,   /* empty = none */
	PACKET_MEMBER,  /* "udp:1.2.3.4:5060", empty = none */
	PACKET_VERDICT, /* as the trace has it */
	PACKET_TEXTS
};
#define PACKET_NAME_MAX 128   /* bytes of a name that are kept, */
#define PACKET_VERDICT_MAX 1024 /* and of a verdict */
#define PACKET_BYTES_MAX 65536 /* of either side */

enum {
	PACKET_ARRIVED = 1, /* else it left */
	PACKET_SAME = 2,    /* the host's bytes are those of the wire: they stand there once */
	PACKET_UNSEEN = 4   /* it arrived, and the host did not get it */
};

struct packet {
	int64_t at; /* nanoseconds since 1970 */
	int32_t process, thread; /* by the numbers that they have for themselves */
	/* On the wire, as far as known: family 0 = not at all. */
	struct addr from, to;
	struct addr shown; /* what the host takes its own end for, family 0 = the same */
	uint32_t wire, host; /* bytes that are here; host: 0 with PACKET_SAME and PACKET_UNSEEN */
	uint32_t wire_whole, host_whole; /* that there were */
	uint16_t texts[PACKET_TEXTS];
	uint8_t flags;
	uint8_t transport; /* enum transport */
};

/* A record, read: it points into it. */
struct packet_view {
	struct packet packet; /* as it was written, all of its fields in their bounds */
	const char *texts[PACKET_TEXTS];
	const char *wire, *host; /* host: those of the wire, with their size, where they are the same */
	size_t host_n;
};

/* Reads a record of n bytes, whoever wrote them. False: it is none. */
bool packet_read(struct packet_view *v, const void *record, size_t n);

#endif
