/* SPDX-License-Identifier: MIT */
/* Where a stream stands in the middle of a message: kept in memory that all forked processes of the
 * host share, found by the socket's cookie and the direction, because the connection may go on in
 * another process. Between messages nothing is kept. No lock; async-signal-safe. */
#ifndef BOND_STREAM_STATE_H
#define BOND_STREAM_STATE_H

#include "sip/stream.h"

#define STREAM_HELD 1024 /* bytes of a line that the host has not yet sent to its end */

struct stream_state {
	struct stream stream;
	uint16_t held_n; /* leaving: the beginning of such a line. stream.early bytes of it are on the
			  * wire; that the others are not the host was told */
	bool raised;     /* arriving: SO_RCVLOWAT is ours; lowat is the host's */
	int lowat;
	char held[STREAM_HELD];
};

/* What happened, over all processes. */
enum stream_count {
	STREAM_MESSAGES, /* that went through here */
	STREAM_EDITED,   /* transfers with an edit in them */
	STREAM_UNEDITED, /* messages whose edit was too much, or that found no place in the pool */
	STREAM_FOREIGN,  /* tokens that are not ours */
	STREAM_FORGED,   /* marks in arriving top Vias, removed */
	STREAM_NOT_SIP,  /* connections that carry something else where SIP was expected */
	STREAM_BROKEN,   /* streams of SIP that broke its framing */
	STREAM_SHUT,     /* of both, shut */
	STREAM_COUNTS
};

/* Once, in the constructor. Without the mapping no state is kept: every message must then go through
 * in one piece. */
void stream_state_init(void);

/* The name of one direction of a connection; never 0 or 1 for a cookie that is not 0. */
static inline uint64_t stream_key(uint64_t cookie, bool in)
{
	return cookie << 1 | in;
}

/* Copies what is kept into s; false: nothing is, and s is untouched. */
bool stream_state_find(uint64_t key, struct stream_state *s);

/* Keeps s, or ends what is kept if s needs no keeping. False: there is no place. */
bool stream_state_keep(uint64_t key, const struct stream_state *s);

void stream_state_drop(uint64_t key);

/* Whether a place is there for what is not kept yet. */
bool stream_state_has_room(uint64_t key);

/* A stream that is not looked at any more or, of what leaves, of which it was told that it broke: a cache,
 * in which the latest of a few thousand stay. */
void stream_state_break(uint64_t key);
bool stream_state_is_broken(uint64_t key);

void stream_count(enum stream_count what, uint32_t n);
uint64_t stream_counted(enum stream_count what);

#endif
