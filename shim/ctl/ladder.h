/* SPDX-License-Identifier: MIT */
/* Calls as ladders on a terminal: a column for each end, an arrow for each message.
 *
 *	peers of the host on both sides: that which began on the left
 *	H  what the host takes its own end for: its listener
 *	M  the member by which a message really left or arrived, where that is another one
 *
 * What happens of one call within a second is one block; of several at a time each has its own. As SVG all of
 * them are written when the ladder is closed. */
#ifndef BOND_CTL_LADDER_H
#define BOND_CTL_LADDER_H

#include <stdio.h>

#include "ladder_style.h"
#include "segment/packet.h"

/* Width, charset and time zone: of the terminal that out is, of the locale, of here. The rest of *style stays. */
void ladder_find_style(struct ladder_style *style, FILE *out);

/* NULL: no memory. */
struct ladder *ladder_open(FILE *out, const struct ladder_style *style);

/* Adds what is in it of whole messages. */
void ladder_put(struct ladder *l, const struct packet_view *v);

/* Bytes of that direction of a connection are missing: what is not whole of it is forgotten. */
void ladder_gap(struct ladder *l, const struct addr *from, const struct addr *to);

/* Prints the blocks of which nothing more is expected: now is in nanoseconds since 1970. Returns whether
 * others are waiting. */
bool ladder_flush(struct ladder *l, int64_t now);

/* What became of the calls so far. */
struct ladder_counts {
	uint64_t calls, drawn; /* of those with the Call-ID that is asked for; of these */
	uint64_t left, parts;  /* calls, and parts of others, for which the picture has no room */
};
struct ladder_counts ladder_count(const struct ladder *l);

/* Says on standard error what is not drawn of them; false: because the picture has no room for it. file may be NULL. */
bool ladder_tell(const struct ladder *l, const char *file);

/* Prints the rest, and ends. False: there was no memory for it. */
bool ladder_close(struct ladder *l);

#endif
