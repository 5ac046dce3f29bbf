/* SPDX-License-Identifier: MIT */
/* Room for a connection's text between two calls of the host, and what becomes of one that gets none. */
#ifndef BOND_TLS_ROOM_H
#define BOND_TLS_ROOM_H

#include "offer.h"
#include "preload/stream/common.h"
#include "segment/texts.h"

/* The text of that direction, an empty one if nothing is kept. NULL: there is none to go on with. */
struct kept_text *tls_room(const struct passage *p);

/* Ends the connection. */
void tls_shut(const struct passage *p, const struct bond_tls_call *call);

/* Whether it was ended so, and the library does not tell: then that is what the host gets. */
bool tls_is_shut(const struct passage *p, const struct bond_tls_call *call, long *result);

/* Then: a connection that has carried no SIP yet is not looked at any more: false. Else its names are on
 * their way, or its operator wants nothing to pass unseen: it is shut. */
bool tls_room_none(struct passage *p, const struct bond_tls_call *call);

#endif
