/* SPDX-License-Identifier: MIT */
/* Edits along a stream, one direction of one connection: for bytes that come in any portions and
 * leave in any others. The state is small and without pointers, and all zero between two messages:
 * it may be kept in shared memory and go on in another process.
 * PURE: no socket, no log, no allocation; async-signal-safe. */
#ifndef BOND_STREAM_H
#define BOND_STREAM_H

#include "edit.h"
#include "frame.h"

struct stream {
	struct frame frame;
	struct edit_progress at;
	uint8_t untouched; /* this message is not edited any more */
	uint16_t rest_n;
	uint32_t skip;     /* bytes of the next ones that rest stands for */
	uint16_t early;    /* leaving: of the next bytes, how many are gone as they are: see loose */
	uint32_t sent;     /* bytes of what the next field becomes that are gone: it was too long for rest */
	/* counts, for the caller to collect and zero; nothing depends on them */
	uint32_t messages; /* whose head is through; */
	uint32_t requests; /* those of them */
	uint32_t breaks;   /* that the framing failed */
	uint32_t unedited; /* whose edit was too much: they go as they are, without what is never sent */
	char rest[SPLICE_REST]; /* goes before all else */
};

/* What is to be done with the bytes given. */
struct stream_step {
	struct edit edit;
	size_t bytes;        /* how many of them are decided; the rest must be given again with more */
	size_t wire;         /* what these become */
	size_t sent;         /* of it, how much in front is gone already; not counted in wire */
	size_t line;         /* leaving: how many behind them are a line that has no end yet */
	bool loose;          /* they may be transferred as they are, at once */
	bool refused;        /* the message at the start, or that goes on there, cannot be edited */
	struct stream after; /* the state once all of it is transferred */
};

/* Looks at n bytes that follow what s has seen. Unless `last`, a message waits until its head is all
 * there; with `last` (no more can be waited for) only a field that an edit may touch does, and its
 * beginning is not decided. What leaves undecided may be transferred even so, and s->early then says how
 * much of it was: an edit that would change those bytes is not made, and the message's others behind it
 * neither. p must stay as it is until stream_take(). */
void stream_feed(const struct stream *s, const struct edit_side *side, const char *p, size_t n,
	bool last, struct stream_step *step);

/* What is to be transferred, as an iovec over the bytes given; 0 = it needs more than max entries. */
size_t stream_iovec(const struct stream_step *step, const struct iovec *in, size_t in_count,
	struct iovec *out, size_t max);

/* Moves s on after wire bytes of step->wire were transferred, with the same side, p, n and last;
 * step is used up. Returns how many of the given bytes are dealt with: fewer than all of
 * step->bytes if wire is less, so that at least one is left to come back with (maybe 0: wire bytes
 * are gone nevertheless). */
size_t stream_take(struct stream *s, const struct edit_side *side, const char *p, size_t n,
	bool last, struct stream_step *step, size_t wire);

/* Leaving: a line without end passes as it is, untouched. */
void stream_pass_line(struct stream *s);

/* Whether s needs no keeping: a zeroed one does the same. */
static inline bool stream_is_between(const struct stream *s)
{
	return frame_is_between(&s->frame) && s->rest_n == 0 && s->skip == 0 && s->sent == 0 &&
		s->early == 0;
}

#endif
