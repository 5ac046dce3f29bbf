/* SPDX-License-Identifier: MIT */
/* One call of a ladder: its ends, and the messages that are not drawn yet. */
#ifndef BOND_CTL_LADDER_CALL_H
#define BOND_CTL_LADDER_CALL_H

#include <stdio.h>

#include "ladder_style.h"
#include "segment/packet.h"

#define LADDER_COLUMNS 12   /* ends of one call; the last stands for all others */
#define LADDER_MESSAGES 64  /* of one block */
#define LADDER_SEEN 256     /* messages of which a call knows a second one */
#define LADDER_NAME 64      /* bytes of a name that are shown */

enum { COLUMN_PEER, COLUMN_H = 1, COLUMN_M = 2 }; /* bits: one of the host's own may be both */

struct ladder_column {
	struct addr at;
	uint8_t role;
	char bond[LADDER_NAME]; /* whose member it is, "" = none */
};

struct ladder_message {
	int64_t at;
	uint8_t from, to;    /* columns, on the wire */
	uint8_t host;        /* the column of what the host takes its end for */
	bool arrived, unseen, response;
	unsigned again;      /* how often it was seen before */
	uint8_t transport;
	struct addr peer, own; /* on the wire */
	char start[LADDER_NAME]; /* "INVITE", "180", */
	char reason[LADDER_NAME]; /* "" , "Ringing", */
	char cseq[LADDER_NAME];  /* "1", "1 INVITE" */
	char bond[LADDER_NAME], route[LADDER_NAME];
};

struct ladder_call {
	struct ladder_call *next;
	char id[160];
	int64_t first, last, drawn; /* times: of the first message, the last, and the last that was drawn */
	struct ladder_column columns[LADDER_COLUMNS];
	uint8_t order[LADDER_COLUMNS]; /* from left to right */
	unsigned column_count;
	bool others; /* the last one stands for several */
	uint64_t number; /* of those that are asked for, from 1 */
	bool came_in; /* its first message: the peer that began stands on the left */
	struct ladder_message messages[LADDER_MESSAGES];
	unsigned message_count;
	uint64_t seen[LADDER_SEEN];
	uint8_t seen_times[LADDER_SEEN];
	unsigned seen_count;
};

/* Adds a message of SIP that was in v: the call has room for it. False: it is none. */
struct scan_message;
void ladder_call_add(struct ladder_call *c, const struct packet_view *v, const struct scan_message *m,
	const char *bytes, size_t n);

/* Drops the messages that are there: the next block begins behind them. */
void ladder_call_drop(struct ladder_call *c);

/* Draws the messages that are there, and drops them. */
void ladder_draw(FILE *out, const struct ladder_style *style, struct ladder_call *c);

#endif
