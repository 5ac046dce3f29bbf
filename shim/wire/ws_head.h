/* SPDX-License-Identifier: MIT */
/* Both heads of WebSocket's opening handshake (RFC 6455 4, RFC 7118 4), whichever way they go, in any
 * portions: whether frames with SIP follow. Small and without pointers: it may be kept in shared memory
 * and go on in another process. PURE: no socket, no log, no allocation; async-signal-safe. */
#ifndef BOND_WIRE_WS_HEAD_H
#define BOND_WIRE_WS_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WS_HEAD_MAX 16384 /* bytes of a head; one beyond is something else */

enum ws_head_is {
	WS_HEAD_MORE,    /* it goes on */
	WS_HEAD_ASKS,    /* a request for a WebSocket of SIP */
	WS_HEAD_ANSWERS, /* 101: frames of SIP follow, without extensions */
	WS_HEAD_UNREAD,  /* 101: frames that may be of SIP follow, of which nobody can tell more: with extensions, of no
			  * subprotocol that is named, or behind a head that is too much */
	WS_HEAD_OTHER    /* HTTP of another kind, a WebSocket of something else, or no HTTP */
};

/* Zeroed: before the first byte. */
struct ws_head {
	uint8_t at;    /* where in a line */
	uint8_t field; /* whose value it is */
	uint8_t word_n;
	bool answer, upgrade, named, sip, extensions; /* named: a subprotocol is */
	uint16_t n;    /* bytes so far */
	char word[24]; /* the beginning of the word that is read */
};

/* Goes on by n bytes; *used: how many of them belong to the head. */
enum ws_head_is ws_head_feed(struct ws_head *h, const char *p, size_t n, size_t *used);

/* Whether what was fed to it is of a 101, as far as it went. */
bool ws_head_is_answer(const struct ws_head *h);

/* Whether such a head may begin so, as far as it is there; n > 0. */
bool ws_head_begins(const char *p, size_t n);

#endif
