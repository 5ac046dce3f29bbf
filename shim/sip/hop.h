/* SPDX-License-Identifier: MIT */
/* Where a peer wants what follows in its dialogs, or for its registration (RFC 3261 12.1, 12.2.1.1, 10.3; RFC 3327).
 * PURE: no socket, no log, no allocation; async-signal-safe. */
#ifndef BOND_SIP_HOP_H
#define BOND_SIP_HOP_H

#include "field.h"

struct hop {
	struct field_host at; /* a view of the message */
	uint16_t port;        /* written, or that of its transport */
};

/* The next hop that a request names which makes a dialog, changes its target, or registers, or the success of one:
 * of a request the first Path or Record-Route, of a response the last Record-Route, else the first Contact. False:
 * it is none such, or names none. */
bool hop_named(const char *p, size_t n, struct hop *hop);

#endif
