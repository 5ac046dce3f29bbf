/* SPDX-License-Identifier: MIT */
/* One direction of a connection that is a WebSocket of SIP (RFC 7118), as far as it was captured: its messages, in
 * however many frames and segments they came. */
#ifndef BOND_CTL_LADDER_WS_H
#define BOND_CTL_LADDER_WS_H

#include <stdbool.h>
#include <stddef.h>

#define LADDER_WS_BYTES 262144 /* of a message that is not whole yet */

/* Zeroed: before the first byte. */
struct ladder_ws {
	bool frames;  /* the handshake was there, or a frame with SIP */
	bool begun;   /* a message of which there are fragments */
	char *message;
	size_t n;
};

enum ladder_ws_is {
	LADDER_WS_NONE,   /* it is no WebSocket */
	LADDER_WS_MORE,   /* nothing to be shown */
	LADDER_WS_MESSAGE /* one is in message */
};

/* Looks at the beginning of n bytes; *used: how many of them are done with. 0: it waits for more. */
enum ladder_ws_is ladder_ws_take(struct ladder_ws *w, const char *p, size_t n, size_t *used);

/* Nobody knows any more where a frame begins. Gives back what it has. */
void ladder_ws_end(struct ladder_ws *w);

#endif
