/* SPDX-License-Identifier: MIT */
/* Where a stream stands in the middle of a message: kept in memory that all forked processes of the
 * host share, found by the socket's cookie and the direction, because the connection may go on in
 * another process. Between messages nothing is kept. No lock; async-signal-safe. */
#ifndef BOND_SEGMENT_STREAMS_H
#define BOND_SEGMENT_STREAMS_H

#include "config/addr.h"
#include "sip/stream.h"

#define STREAM_HELD 1024 /* bytes of a line that the host has not yet sent to its end */

#define STREAM_GIVEN 32 /* bytes of a start line that the host may have before the rest is there */

#define STREAM_SLOTS 2048 /* connections in the middle of a message, each way */
#define STREAM_PEER_SLOTS 512 /* of them, those of one peer */

struct stream_state {
	struct stream stream;
	uint32_t peer;   /* stream_peer(): whose place it is */
	uint16_t held_n; /* leaving: the beginning of such a line. stream.early bytes of it are on the
			  * wire; that the others are not the host was told */
	bool raised;     /* arriving: SO_RCVLOWAT is ours; lowat is the host's */
	uint8_t given_n; /* arriving: the host has these of the message that comes next */
	int lowat;
	char given[STREAM_GIVEN];
	char held[STREAM_HELD];
};

/* What happened, over all processes. */
enum stream_count {
	STREAM_MESSAGES, /* that went through here */
	STREAM_EDITED,   /* transfers with an edit in them */
	STREAM_UNEDITED, /* messages whose edit was too much */
	STREAM_FOREIGN,  /* tokens that are not ours */
	STREAM_FORGED,   /* marks in arriving top Vias, removed */
	STREAM_NOT_SIP,  /* connections that carry something else where SIP was expected */
	STREAM_BROKEN,   /* streams of SIP that broke its framing */
	STREAM_SHUT,     /* of both, shut */
	STREAM_CROWDED,  /* streams that lost their place in the pool to others */
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

/* The peer of a connection: an IPv4 address, or the /64 of an IPv6 one. Never 0. */
uint32_t stream_peer(const struct addr *a);

/* Copies what is kept into s; false: nothing is, and s is untouched. */
bool stream_state_find(uint64_t key, struct stream_state *s);

/* Whether s needs no keeping. */
static inline bool stream_state_is_none(const struct stream_state *s)
{
	return stream_is_between(&s->stream) && !s->held_n && !s->raised && !s->given_n;
}

/* Keeps s, or ends what is kept if s needs no keeping. A peer that has its share, and a pool that is
 * full, lose the oldest stream of the peer with most (one of which something waits last): that one is
 * as after stream_state_break(). False: there is no pool. */
bool stream_state_keep(uint64_t key, const struct stream_state *s);

void stream_state_drop(uint64_t key);

/* Whether there is a pool at all. */
bool stream_state_has_room(void);

/* That the connection of that key, either direction, has carried SIP, whichever process saw it: in a cache
 * as the one below. */
void stream_state_note_sip(uint64_t key);
bool stream_state_had_sip(uint64_t key);

/* Whether it is to be told that this stream broke: once a connection, in a cache as the one above. */
bool stream_state_tell(uint64_t key);

/* Whether streams lost their places since this was asked for the first time: true once. */
bool stream_state_tells_crowded(void);

/* A stream that is not looked at any more or, of what leaves, of which it was told that it broke: a cache,
 * in which the latest of a few thousand stay. */
void stream_state_break(uint64_t key);
bool stream_state_is_broken(uint64_t key);

void stream_count(enum stream_count what, uint32_t n);
uint64_t stream_counted(enum stream_count what);

#endif
