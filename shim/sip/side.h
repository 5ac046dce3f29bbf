/* SPDX-License-Identifier: MIT */
/* What the rules of an edit need to know beside the message: from which side of the host it is looked
 * at, and how far it is. The caller fills in the one, the walk keeps the other. */
#ifndef BOND_SIP_SIDE_H
#define BOND_SIP_SIDE_H

#include "name.h"

struct edit_side {
	const struct names *names;
	uint8_t transport; /* of the socket that carries the message */
	bool in;           /* arriving: restore; else leaving: rename */
	bool made;         /* a connection of the host's own making: any of its names may be on top,
			    * and what comes back on it is read by that very one */
	bool strict;       /* arriving by a stream: a request that cannot be edited must not come in */
	bool bare;         /* nothing is written or restored: only what nobody may send is removed */

	/* Leaving: the listener (number in names->own) from which the host sends, and the name under
	 * which the message leaves instead: a member, or an own name on a return path. NULL: it leaves
	 * as the host wrote it; then only what never crosses the wire is removed. */
	uint16_t socket;
	const struct name *title;
	uint8_t key;   /* of names->keys, that tokens are written by */
	bool unmarked; /* no mark in it is in the form that the host reads */

	/* The real port of the socket which carries the message, if that is no listener and the host has
	 * names of its own for it (in names->shown); else 0. And that of the socket itself where nobody listens
	 * under title: a peer may reach the host by this flow, and by nothing else (RFC 5626 3). */
	uint16_t client_port;
	uint16_t flow_port;

	/* Arriving: the listener on which the host reads (socket), the name in names->own or
	 * names->members of the socket it came to (NULL = not known), whether R-URI and Route may call
	 * the host by a member's name that the host does not know (the member is opened or has `as`),
	 * whether bond-in is wanted, and in the form that leaves where it names no dialog, and the bond to
	 * tell the host's script (n = 0: none). */
	const struct name *arrived;
	bool as_member;
	bool mark;
	bool sealed;
	struct span bond;
};

/* How far a message is. Zero it before a message's start line. */
struct edit_progress {
	bool request;
	bool via;            /* the top Via is behind us */
	bool told;           /* NAME-In has its place */
	bool route_over;     /* no further Route value is ours */
	uint8_t cseq;        /* 0 = not met, 1 = REGISTER, 2 = another method */
	uint16_t status;
	uint16_t met;        /* EDIT_RECORD_ROUTE ...: its topmost entry is behind us */
	uint16_t once;       /* so: the topmost own one is done */
	uint16_t dialog;     /* number + 1 in names->own of the dialog's name */
	bool dialog_by_route;
};

#endif
