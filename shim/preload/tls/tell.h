/* SPDX-License-Identifier: MIT */
/* Tells the trace of what goes through a TLS library, in the clear: a line a call, as of the system calls, and for
 * those that capture each portion, or the messages of a WebSocket. Nothing is asked for while nothing is traced
 * (trace_in_begin()), and nothing is held while the library is called. No lock, no malloc; async-signal-safe. */
#ifndef BOND_TLS_TELL_H
#define BOND_TLS_TELL_H

#include "offer.h"
#include "preload/stream/bytes_in.h"
#include "preload/trace/incoming.h"
#include "segment/texts.h"

/* One call of the host; none: nothing is traced. */
struct tls_tell {
	struct trace_in *line; /* NULL = none */
	const struct bond_tls_call *call;
	int64_t at;     /* when what leaves was given to the library */
	size_t held_n;  /* what came by earlier calls of the message that goes next */
	char held[STREAM_HELD];
};

/* What is known of the connection then, before a piece is made. */
void tls_tell_begins(struct tls_tell *t, const struct passage *p);

/* The library took the text, of `whole` bytes; host: those of the host's that it stands for, with all that follows `left`
 * bytes; NULL = not known. */
void tls_tell_left(struct tls_tell *t, const struct passage *p, const char *bytes, const struct kept_text *text,
	size_t whole, const char *host, size_t left);

/* The host's call is over, and returns that. */
void tls_tell_written(struct tls_tell *t, const struct passage *p, const void *host, size_t n, long result);

/* wire bytes of the step were delivered; before they are taken. */
void tls_tell_arrives(struct tls_tell *t, const struct passage *p, size_t wire);

/* They were, from the first so many bytes of what is there; the host has them behind `got` bytes in its room. Not of
 * frames. */
void tls_tell_arrived(struct tls_tell *t, const struct passage *p, size_t bytes, const struct bytes_room *to, size_t got);

/* What is there is refused; answer: n bytes were sent in the host's place, 0 = none. */
void tls_tell_refused(struct tls_tell *t, struct passage *p, enum why why, const char *answer, size_t n);

/* As tls_tell_written(). */
void tls_tell_read(struct tls_tell *t, const struct passage *p, const void *host, size_t n, long result);

#endif
