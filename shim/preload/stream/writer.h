/* SPDX-License-Identifier: MIT */
/* One send of the host on a connection: its bytes, behind those of an unfinished line that came
 * before, in portions that are looked at in one piece. Nothing of the host's memory is written to. */
#ifndef BOND_STREAM_WRITER_H
#define BOND_STREAM_WRITER_H

#include "common.h"
#include "preload/scratch.h"

#define WRITER_FRAME 4096 /* of `most`, where nothing else is said */
#define WRITER_PIECES 33 /* what is held, and 32 of the host's */

struct writer {
	struct passage p; /* p.n: bytes of the portion; p.bytes: it in one piece, while it is looked at */
	const struct iovec *iov; /* all that the host gives */
	size_t count;
	size_t total;
	size_t done; /* of it, what is held included */
	size_t own;  /* of what is held, how many of the last bytes this call brought */
	size_t most; /* bytes of an edited frame that are made at a time */
	bool takes;  /* the host is never told of a part: what waits is taken, and held */
	/* this round's portion */
	struct iovec in[WRITER_PIECES];
	size_t in_count;
	bool end;                /* all that the host gives is in it */
	struct scratch *scratch; /* for p.bytes, where it is in several pieces */
};

/* False: there is nothing, or the kernel must say what is wrong with it. */
bool writer_open(struct writer *w, const struct iovec *iov, size_t count);

/* The next portion: what is held, and as much of what the host gives as is looked at in one go. */
void writer_portion(struct writer *w);

/* Makes p.bytes the portion in one piece. False: there is no room for that now. */
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
	size_t before = w->p.state.held_n - w->own;

	return w->done - w->own + (n > before ? n - before : 0);
}

#endif
