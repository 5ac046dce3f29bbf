/* SPDX-License-Identifier: MIT */
/* Which connections are WebSockets of SIP, found by the socket's cookie, because their frames may be read
 * and written by processes that never saw the handshake: a cache that all processes of the host share, in
 * which those stay that were used last. */
#ifndef BOND_SEGMENT_WEBSOCKETS_H
#define BOND_SEGMENT_WEBSOCKETS_H

#include "base/cache.h"

#define WEBSOCKETS_BITS 12 /* 16,384 connections in 1 MiB */

struct websockets {
	struct cache_entry sets[1 << WEBSOCKETS_BITS][CACHE_WAYS];
};

enum websocket {
	WEBSOCKET_NONE,  /* none, or it is not known */
	WEBSOCKET_ASKED, /* one end has asked for it */
	WEBSOCKET_OPEN,  /* and the other has agreed */
	WEBSOCKET_LOST,  /* and nobody can tell what its frames carry, or where one begins */
	WEBSOCKET_OTHER  /* of something else: it passes as it is */
};

/* Keeps how far the connection of this SO_COOKIE is. cookie 0 is none. w may be NULL here and below: there is
 * no memory. */
void websockets_note(struct websockets *w, uint64_t cookie, enum websocket is);

/* How far it is. */
enum websocket websockets_find(struct websockets *w, uint64_t cookie);

#endif
