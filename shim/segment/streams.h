/* SPDX-License-Identifier: MIT */
/* Where a stream stands in the middle of a message: kept in memory that all forked processes of the
 * host share, found by the socket's cookie and the direction, because the connection may go on in
 * another process. Between messages nothing is kept. No lock; async-signal-safe. */
#ifndef BOND_SEGMENT_STREAMS_H
#define BOND_SEGMENT_STREAMS_H

#include "config/addr.h"
#include "counters.h"
#include "sip/stream.h"
#include "wire/ws_frame.h"
#include "wire/ws_head.h"

#define STREAM_HELD 1024 /* bytes of a line that the host has not yet sent to its end */

#define STREAM_GIVEN 32 /* bytes of a start line that the host may have before the rest is there */

#define STREAM_SLOTS 2048 /* connections in the middle of a message, each way */
#define STREAM_PEER_SLOTS 512 /* of them, those of one peer */
#define STREAM_CACHED 4096 /* connections of which it is known how they are, see below */
#define STREAM_READERS 1024 /* connections share them by their keys */

/* Of a connection that is a WebSocket, or becomes one. */
enum ws_phase {
	WS_NONE,  /* it is none, as far as it is known */
	WS_HEAD,  /* in the head of its handshake */
	WS_FRAMES,
	WS_LOST,  /* it is one, and what it carries cannot be read */
	WS_OTHER  /* of something else */
};

/* Zeroed: in no head, or before a frame. */
struct ws_state {
	uint8_t phase;  /* enum ws_phase */
	uint8_t part_n; /* bytes of a frame's head that are gone, of a frame that passes as it is */
	uint32_t sent;  /* of what the next frame becomes, how many bytes are gone; */
	uint32_t check; /* and which bytes all of those are */
	uint64_t raw;   /* bytes that pass before the next frame */
	union {
		struct ws_head head;
		char part[WS_FRAME_HEAD_MAX];
	};
};

struct stream_state {
	struct stream stream;
	struct ws_state ws;
	uint32_t peer;   /* stream_peer(): whose place it is */
	uint16_t held_n; /* leaving: the beginning of such a line. stream.early bytes of it are on the
			  * wire; that the others are not the host was told */
	bool raised;     /* arriving: SO_RCVLOWAT is ours; lowat is the host's */
	uint8_t given_n; /* arriving: the host has these of the message that comes next */
	int lowat;
	char given[STREAM_GIVEN];
	char held[STREAM_HELD];
};

/* What a search looks at: apart from the states, so that it touches few cache lines. */
struct stream_slot {
	_Atomic uint64_t key;   /* 0 = free */
	_Atomic uint32_t since; /* in which turn it was taken */
	_Atomic uint32_t used;  /* seconds: when it was last written */
	_Atomic uint32_t peer;
	_Atomic uint32_t rank;  /* who goes first */
};

/* A slot and a state of the same number belong together. */
struct streams {
	_Atomic uint32_t taken; /* a hint: 0 = nothing to look for */
	_Atomic uint32_t turn, crowded, told;
	_Atomic uint64_t broken[STREAM_CACHED], told_of[STREAM_CACHED], sip[STREAM_CACHED];
	_Atomic uint64_t readers[STREAM_READERS]; /* who reads: a name of its own, 0 = nobody */
	struct stream_slot slots[STREAM_SLOTS];
	struct stream_state states[STREAM_SLOTS];
};

/* The name of one direction of a connection; never 0 or 1 for a cookie that is not 0. */
static inline uint64_t stream_key(uint64_t cookie, bool in)
{
	return cookie << 1 | in;
}

/* The cookie of what TLS carries on a connection, which is another stream than its records: those go by the
 * descriptor, in processes that know nothing of it. */
static inline uint64_t stream_cookie_inside(uint64_t cookie)
{
	return cookie | UINT64_C(1) << 60;
}

/* The peer of a connection: an IPv4 address, or the /64 of an IPv6 one. Never 0. */
uint32_t stream_peer(const struct addr *a);

/* Copies what is kept into s; false: nothing is, and s is untouched. p may be NULL here and below: no state
 * is kept then, and every message must go through in one piece. */
bool streams_find(struct streams *p, uint64_t key, struct stream_state *s);

/* Whether s needs no keeping. */
static inline bool stream_state_is_none(const struct stream_state *s)
{
	return stream_is_between(&s->stream) && !s->held_n && !s->raised && !s->given_n &&
		s->ws.phase != WS_HEAD && !s->ws.raw && !s->ws.sent && !s->ws.part_n;
}

/* Keeps s, or ends what is kept if s needs no keeping. A peer that has its share, and a pool that is
 * full, lose the oldest stream of the peer with most (one of which something waits last): that one is
 * as after streams_break(). False: there is no pool. */
bool streams_keep(struct streams *p, struct counters *c, uint64_t key, const struct stream_state *s);

void streams_drop(struct streams *p, uint64_t key);

/* That the connection of that key, either direction, has carried SIP, whichever process saw it: in a cache
 * as the one below. */
void streams_note_sip(struct streams *p, uint64_t key);
bool streams_had_sip(struct streams *p, uint64_t key);

/* Whether it is to be told that this stream broke: once a connection, in a cache as the one above. */
bool streams_tell(struct streams *p, uint64_t key);

/* Whether streams lost their places since this was asked for the first time: true once. */
bool streams_tells_crowded(struct streams *p);

/* A stream that is not looked at any more or, of what leaves, of which it was told that it broke: a cache,
 * in which the latest of a few thousand stay. */
void streams_break(struct streams *p, uint64_t key);
bool streams_is_broken(const struct streams *p, uint64_t key);

/* Where it stands who reads that stream now, for all processes of the host; two streams may have one place.
 * NULL: nowhere. */
_Atomic uint64_t *streams_reader(struct streams *p, uint64_t key);

#endif
