/* SPDX-License-Identifier: MIT */
/* Where messages and their header fields begin and end in a stream (RFC 3261 18.3): by Content-Length,
 * for bytes that come in any portions. Where that fails, what follows passes until the next boundary that
 * every reader of SIP sees: behind a head and the one Content-Length in it, whatever its start line is, or
 * right behind a head without one where the next message starts. Small and without pointers: it may be kept in shared memory and
 * go on in another process. PURE: no socket, no log, no allocation; async-signal-safe. */
#ifndef BOND_FRAME_H
#define BOND_FRAME_H

#include "scan.h"

#define FRAME_START_MAX 8192 /* bytes of a start line */
#define FRAME_HEAD_MAX 65536 /* bytes of a head */

enum frame_piece {
	FRAME_MORE,  /* the next piece is not all there yet */
	FRAME_RAW,   /* passes as it is: a body, line ends between messages, what is no SIP */
	FRAME_START, /* a start line */
	FRAME_ROW,   /* a header field with its folded lines */
	FRAME_END    /* the empty line behind the head */
};

enum frame_broken {
	FRAME_SOUND,
	FRAME_NOT_SIP,     /* where a start line should be */
	FRAME_TOO_LONG,    /* a start line or a head without end */
	FRAME_NO_LENGTH,   /* no Content-Length */
	FRAME_BAD_LENGTH,  /* not a number, or two that differ */
	FRAME_GIVEN_UP     /* frame_break() */
};

enum frame_lost {
	FRAME_FOR_GOOD, /* no boundary can be told: a Content-Length that is none, or frame_break() */
	FRAME_LOST_IN_HEAD,
	FRAME_LOST_BETWEEN
};

/* Zeroed: between two messages. */
struct frame {
	uint8_t in_head;
	uint8_t has_length;
	uint8_t broken; /* enum frame_broken: what follows is FRAME_RAW */
	uint8_t lost;   /* with broken: until the next boundary, enum frame_lost; 0 = for good */
	uint8_t in_row; /* 1 = in a field that passes in portions, 2 = behind a line end of it */
	uint32_t head;  /* bytes of the head so far */
	uint32_t length;
	uint64_t raw;   /* bytes to pass before the next piece */
};

/* What the n bytes at p begin with, and its size; on FRAME_ROW *row is set. A field is all there when
 * the first byte behind it is. Bytes are given to it once, but those of a FRAME_MORE again. */
enum frame_piece frame_next(struct frame *f, const char *p, size_t n, size_t *size,
	struct scan_row *row);

/* After FRAME_MORE in a head: the field that is not all there passes in portions, as FRAME_RAW. Not for
 * a field that decides something, nor before its colon. */
void frame_pass_row(struct frame *f);

/* After FRAME_MORE in a head, of bytes that end in a line end: takes them for all of the field, so that
 * lines which fold it later pass as FRAME_RAW. FRAME_ROW, and *row is set; FRAME_MORE: a Content-Length
 * that has no number yet. */
enum frame_piece frame_end_row(struct frame *f, const char *p, size_t n, struct scan_row *row);

/* Nothing that follows is looked at any more. */
void frame_break(struct frame *f);

/* After FRAME_MORE: what is there passes, and the rest of its line after it. A line that may be the
 * Content-Length leaves no boundary: as frame_break(). */
void frame_give_up(struct frame *f, const char *p, size_t n);

/* Whether n bytes, at least one, of a line that is not all there may begin a Content-Length. */
bool frame_may_be_length(const char *p, size_t n);

/* What is there passes from its start line on, which may be all there or not: the message is broken for
 * that reason. */
void frame_lose(struct frame *f, enum frame_broken why);

/* Whether what follows is never looked at again. */
static inline bool frame_is_for_good(const struct frame *f)
{
	return f->broken && !f->lost;
}

/* Whether f stands between two messages, where a process that knows nothing of it may go on. */
static inline bool frame_is_between(const struct frame *f)
{
	return !f->in_head && f->raw == 0 && !f->broken;
}

#endif
