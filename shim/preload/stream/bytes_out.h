/* SPDX-License-Identifier: MIT */
/* Of the bytes that the host sends on a connection: what is decided of them, what goes as it is,
 * and what is kept back. However they are transferred: nothing here knows a descriptor.
 * Async-signal-safe. */
#ifndef BOND_STREAM_BYTES_OUT_H
#define BOND_STREAM_BYTES_OUT_H

#include "websocket.h"
#include "writer.h"

/* What the next transfer is to bring: what is decided of the portion, and of what is behind it. */
struct bytes_out {
	size_t wire;  /* bytes on the wire, maybe 0 */
	size_t loose; /* how many behind step.bytes go as they are */
	size_t left;  /* how many of the portion are not transferred */
	bool end;     /* then all that the host gives is */
};

/* Whether it begins as HTTP does. w: opened. */
bool bytes_out_is_http(const struct writer *w);

/* Whether the connection carries something for good in which there are no messages of SIP, as far as
 * nothing is known of it. w: opened. */
bool bytes_out_is_something_else(struct writer *w);

/* Before the first portion, of a state that was kept: whether what the host gives goes on there. */
void bytes_out_resume(struct writer *w);

/* Takes the next portion and looks at it. False: nothing of it can go before more of it is looked
 * at. */
bool bytes_out_next(struct writer *w, struct bytes_out *out);

/* What is to be transferred, in max pieces at most; those of a frame that is edited stand in text, of which
 * w->most bytes are there. No room that others need is held from then on. */
size_t bytes_out_iovec(struct writer *w, char *text, struct iovec *out, size_t max);

/* The transfer took that many bytes of out->wire: w->done says how many of the host's are dealt
 * with, and the state is kept. Whether there is another portion to transfer. */
bool bytes_out_went(struct writer *w, const struct bytes_out *out, size_t wire);

#endif
