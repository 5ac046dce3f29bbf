/* SPDX-License-Identifier: MIT */
/* A datagram under way: what leave.c and its helpers know of one send. On the stack of the hook. */
#ifndef BOND_DATAGRAM_LEAVING_H
#define BOND_DATAGRAM_LEAVING_H

#include "core/decide.h"
#include "preload/outgoing.h"

struct leaving {
	const struct outgoing *o;
	const struct rules *rules; /* by which it is decided */
	struct sender sender;
	struct addr dst, source;
	struct arrival arrival;
	uint32_t generation;
	uint32_t index; /* the interface that the host's own control data asks for, 0 = any */
	size_t wire; /* bytes that left, 0 = as many as the host's */
	bool request, response;
	bool begins;       /* an INVITE of which nothing is noted yet (keep.h) */
	bool unmarked;     /* no mark in it decides or must be sealed */
	int home;          /* of a response that leaves from another listener than the host's: which, else -1 */
	struct addr left;  /* and its address */
	bool edits; /* the message itself may have to be changed, or is captured: edited_send() sends it */
	bool kept;  /* with edits: it is captured, and stays as it is */
};

#endif
