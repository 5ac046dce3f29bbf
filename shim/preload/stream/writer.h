/* SPDX-License-Identifier: MIT */
/* One send of the host on a connection: its bytes, behind those of an unfinished line that came before,
 * in portions that are looked at in one piece. For stream_out.c. */
#ifndef BOND_STREAM_WRITER_H
#define BOND_STREAM_WRITER_H

#include "preload/outgoing.h"
#include "preload/scratch.h"
#include "segment/streams.h"

#define WRITER_PIECES 33 /* what is held, and 32 of the host's */

struct writer {
	const struct outgoing *o;
	const struct iovec *iov; /* all that the host gives */
	size_t count;
	size_t total;
	size_t done; /* of it, what is held included */
	size_t own;  /* of what is held, how many of the last bytes this call brought */
	uint64_t key;
	struct stream_state state;
	struct edit_side side;
	/* this round's portion */
	struct iovec in[WRITER_PIECES];
	size_t in_count;
	size_t n;
	bool end;                /* all that the host gives is in it */
	struct scratch *scratch; /* it in one piece, where it is in several */
	const char *p;
	struct stream_step step;
};

/* False: there is nothing, or the kernel must say what is wrong with it. */
bool writer_open(struct writer *w, const struct outgoing *o);

/* The next portion: what is held, and as much of what the host gives as is looked at in one go. */
void writer_portion(struct writer *w);

/* Makes p the portion in one piece. False: there is no room for that now. */
bool writer_look(struct writer *w);
void writer_unlook(struct writer *w);

/* Cuts the portion to its first n bytes. */
void writer_trim(struct writer *w, size_t n);

/* n bytes of the portion are dealt with. */
void writer_advance(struct writer *w, size_t n);

/* Holds the first n bytes of what comes next, STREAM_HELD at most. */
void writer_hold(struct writer *w, size_t n);

/* Whether what the host gives begins so, as far as it goes. */
bool writer_begins(const struct writer *w, const char *p, size_t n);

/* How much of what the host gives is behind us, once n bytes of the portion are. */
static inline size_t writer_told(const struct writer *w, size_t n)
{
	size_t before = w->state.held_n - w->own;

	return w->done - w->own + (n > before ? n - before : 0);
}

#endif
