/* SPDX-License-Identifier: MIT */
/* SIP over WebSocket (RFC 7118) on one direction of a connection, whatever carries its bytes: both heads
 * of the handshake pass and are read, then each message is edited in the frame in which it comes. Where a
 * frame's message changes, its length does, too; no frame is split or joined. A connection of another
 * subprotocol, or with extensions, is none. No lock, no malloc; async-signal-safe. */
#ifndef BOND_STREAM_WEBSOCKET_H
#define BOND_STREAM_WEBSOCKET_H

#include "passage.h"

/* Why a connection is shut then. */
extern const char websocket_unread[] __attribute__((visibility("hidden")));

/* Whether the host may send what begins so on a connection that is not looked at any more: not where a WebSocket that
 * nobody reads along could bring what its operator's rules decide by. */
bool websocket_may_answer(const struct side_ends *e, const struct iovec *iov, size_t count);

/* Behind what was kept of the stream: whether it is a WebSocket, or in the head of its handshake. What it
 * carries is of ws or wss then. */
void websocket_find(struct passage *p);

static inline bool websocket_is(const struct passage *p)
{
	return p->state.ws.phase != WS_NONE;
}

/* Whether the handshake begins with the n bytes at q, between two messages. Then it is one from now on. */
bool websocket_begins(struct passage *p, const char *q, size_t n);

/* Fills in p->step and p->ws by the first n bytes. */
void websocket_feed(struct passage *p, size_t n);

/* Moves the state on by wire bytes of the step; as stream_take(). */
size_t websocket_take(struct passage *p, size_t wire);

/* What is to be transferred, as stream_iovec(). */
size_t websocket_iovec(const struct passage *p, const struct iovec *in, size_t in_count, struct iovec *out,
	size_t max);

/* Gives back the room of what was made. */
void websocket_end(struct passage *p);

/* The message of an edited frame, as it becomes, unmasked: as far as it has room; its size. */
size_t websocket_made(const struct passage *p, char *to, size_t room);

/* Makes n bytes of text, at to + WS_FRAME_HEAD_MAX, one frame of this end, at to; its size. */
size_t websocket_wrap(const struct passage *p, char *to, size_t n);

/* Where the first request begins in what is there, SIZE_MAX: nowhere; and its text, as far as it is
 * there, in room bytes. */
size_t websocket_request(const struct passage *p, char *to, size_t room, size_t *n);

#endif
