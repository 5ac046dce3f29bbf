/* SPDX-License-Identifier: MIT */
/* Of the bytes that a connection brought: what is decided of them, what may be given to the host
 * before the rest is there, and what is delivered. However they came: nothing here knows a
 * descriptor. Async-signal-safe. */
#ifndef BOND_STREAM_BYTES_IN_H
#define BOND_STREAM_BYTES_IN_H

#include "common.h"
#include "websocket.h"

/* The host's buffers for it. */
struct bytes_room {
	const struct iovec *iov;
	size_t count;
	size_t size; /* bytes in all */
	size_t got;  /* of them, filled */
	bool only_count; /* got alone counts: nothing is copied */
};

/* Fills in p->side: by the ends, and by what the state says of the message at the start. */
void bytes_in_side(struct passage *p);

/* Fills in p->step by the first n bytes, all of which may be decided. */
void bytes_in_feed(struct passage *p, size_t n);

/* The same by what may be decided of them before more is there. own: p->bytes, which marks that
 * are folded over lines are put together in. */
void bytes_in_decide(struct passage *p, char *own, size_t n);

/* Whether the connection turned out to carry something else than SIP; behind bytes_in_decide(). */
bool bytes_in_is_something_else(const struct passage *p);

/* Then: whether it must not reach the host, and why the connection is shut. */
bool bytes_in_must_not(const struct passage *p);
const char *bytes_in_why_other(const struct passage *p);

/* Whether the start line among the first n bytes waits for its head: behind it a field is written
 * that waits for it, and it is all that the host can get until then. */
bool bytes_in_start_is_kept(const struct passage *p, size_t n);

/* How many bytes of what is there no edit touches, whatever comes. */
size_t bytes_in_beginning(const struct passage *p);

/* What is there passes without the rest. */
void bytes_in_give_up(struct passage *p);

/* So: that was all, and no message is broken by it. */
void bytes_in_end(struct passage *p);

/* Where the first request begins in what is there; SIZE_MAX: nowhere. */
size_t bytes_in_request(struct passage *p);

/* Of a request that it begins with: its text as far as it is there, and whether its head is. text is to be
 * used before the next look. */
bool bytes_in_has_head(struct passage *p, struct span *text);

/* Writes the 403 that such a request gets, as its peer reads it; its size, 0: it gets none. */
size_t bytes_in_answer(struct passage *p, char *to, size_t room);

/* Copies what the step makes to the host's buffers, without the first state.given_n bytes, which
 * the host has; how much of step.wire that is. */
size_t bytes_in_deliver(const struct passage *p, struct bytes_room *to);

/* Counts what was delivered: wire bytes of the step. */
void bytes_in_count(const struct passage *p, size_t wire);

/* The message that was begun last is what this thread handles next; behind common_take(). */
void bytes_in_turn(const struct passage *p);

/* Keeps the state, behind common_take(). What cannot be kept is not looked at any more. */
void bytes_in_settle(struct passage *p);

#endif
