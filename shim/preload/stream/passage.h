/* SPDX-License-Identifier: MIT */
/* One direction of one connection, during one call of the host: where the stream stands, what is
 * there of it, and what becomes of that. */
#ifndef BOND_STREAM_PASSAGE_H
#define BOND_STREAM_PASSAGE_H

#include "preload/scratch.h"
#include "segment/streams.h"
#include "side.h"

/* Of a WebSocket, beside what is in the step of the passage. */
struct ws_step {
	struct scratch *room; /* what a frame becomes is in it; NULL: nothing is made */
	size_t at, n;         /* where, and how many bytes with its head */
	size_t of;            /* of how many bytes of the step that is made; what follows them passes */
	uint32_t check;       /* which bytes these are */
	size_t message;       /* where in the step the frame of a message is; SIZE_MAX: there is none */
	bool request;         /* what it is */
	bool give_up;         /* what is there passes without the rest */
	bool lost;            /* nobody knows where a frame begins */
	bool other;           /* it turned out to be none */
	bool unread;          /* so, and SIP may be in what nobody can read */
	struct ws_state after; /* the state once all of the step is transferred */
};

struct passage {
	int fd;       /* -1 = not known here */
	uint64_t key; /* stream_key() */
	struct side_ends ends;
	struct stream_state state;
	struct edit_side side;
	/* what is there behind that state, in one piece; nobody writes to it through this */
	const char *bytes;
	size_t n;
	/* what becomes of it */
	size_t fed; /* bytes that were looked at for step */
	bool last;  /* for what passes without the rest of its head: `last` of stream_feed() */
	struct stream_step step;
	struct ws_step ws;
};

#endif
