/* SPDX-License-Identifier: MIT */
/* What becomes of one frame of a WebSocket that carries a message of SIP (RFC 7118 5): its head is
 * rewritten, and the message's; the body passes as it is. No lock, no malloc; async-signal-safe. */
#ifndef BOND_STREAM_WS_MESSAGE_H
#define BOND_STREAM_WS_MESSAGE_H

#include "passage.h"

enum ws_use {
	WS_PASSES, /* as it is */
	WS_WAITS,  /* for more of it */
	WS_EDITED, /* p->ws says what it becomes, and p->step.edit what was edited */
	WS_REFUSED /* it must not reach the host as it is, and cannot be edited */
};

/* Decides about a frame of text or bytes at q, of which n bytes are there. p->side must be filled in.
 * What is counted of its message is in p->step.after and p->ws. */
enum ws_use ws_message(struct passage *p, const char *q, size_t n, const struct ws_frame *f);

/* Unmasks what is there of such a frame, up to its message's end or the room that there is; its size. to may be q. */
size_t ws_message_text(const char *q, size_t n, const struct ws_frame *f, char *to, size_t room);

/* Whether the head of the message in n bytes of text is all there; *size: it, with the empty line. */
bool ws_message_head(const char *text, size_t n, size_t *size);

#endif
