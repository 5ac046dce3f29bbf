/* SPDX-License-Identifier: MIT */
/* What both directions of a connection keep and tell. No lock, no malloc; async-signal-safe. */
#ifndef BOND_STREAM_COMMON_H
#define BOND_STREAM_COMMON_H

#include "passage.h"
#include "segment/tallies.h"

/* One direction of the connection with these ends and the cookie in their record; the state is
 * that between two messages. fd: its descriptor, on which it is noted what goes through; -1: none
 * here. */
void common_begin(struct passage *p, int fd, const struct side_ends *ends, bool in);

/* What is kept of it between two calls, for whichever process goes on with it. */
static inline bool common_find(struct passage *p)
{
	return streams_find(this_host.segment.streams, p->key, &p->state);
}

static inline bool common_keep(struct passage *p)
{
	return streams_keep(
		this_host.segment.streams, this_host.segment.counters, p->key, &p->state);
}

static inline void common_drop(struct passage *p)
{
	streams_drop(this_host.segment.streams, p->key);
}

static inline void common_count(enum counter what, uint32_t n)
{
	counters_add(this_host.segment.counters, what, n);
}

/* The same of the member at whose address its end is here. */
void common_tally(const struct passage *p, enum tally what, uint64_t n);

/* Looks at the first n bytes: fills in p->step. */
void common_feed(struct passage *p, size_t n);

/* Moves the state on by wire bytes of what the step makes; see stream_take(). */
size_t common_take(struct passage *p, size_t wire);

/* Collects what the state counted, and keeps it for the next call, in whichever process. broke:
 * its framing broke. over: nothing of it is to be kept once all that it makes is through. False:
 * nobody could keep it. */
bool common_settle(struct passage *p, bool broke, bool over);

/* The stream is not looked at any more: nobody knows how far it is. */
void common_give_up(struct passage *p);

/* Its framing broke, or it never was SIP: counted and told, once a connection. What brings no SIP
 * is not looked at any more. */
void common_note_break(const struct passage *p);

/* Says it of the connection in the trace: by its descriptor, else as lines of the TLS library have it, by its ends. */
void common_say(const struct passage *p, const char *what);

/* Whether a message of SIP was seen on the connection, here or in another process. */
bool common_is_sip(const struct passage *p);

#endif
