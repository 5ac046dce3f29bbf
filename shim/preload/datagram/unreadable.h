/* SPDX-License-Identifier: MIT */
/* What a socket of SIP sends and is no message: peers, and this host itself, may take for a request what nobody else
 * does. Async-signal-safe. */
#ifndef BOND_DATAGRAM_UNREADABLE_H
#define BOND_DATAGRAM_UNREADABLE_H

#include "leaving.h"

/* Whether it must not leave, with the reason in v: it has a script's header in it, or no route leads where such
 * requests are to fail. Else it passes. */
bool unreadable_closes(struct leaving *l, struct verdict *v, const char *p, size_t n);

#endif
