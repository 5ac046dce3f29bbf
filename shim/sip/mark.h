/* SPDX-License-Identifier: MIT */
/* bond-in in a Via: which one has it, and what it is bound to. PURE: no socket, no log, no allocation;
 * async-signal-safe. */
#ifndef BOND_MARK_H
#define BOND_MARK_H

#include "scan.h"
#include "token.h"

/* The Via of a request that the host sends which tells of its arrival: the one that was topmost when it
 * came. That is the second, or the first still, where the host has put none on top. */
struct span mark_arrived_via(const struct scan_message *m);

/* What a Via says of the arrival of its request; mark->sealed: on the way through others. */
bool mark_read(const struct names *n, struct span via, struct token_mark *mark);

/* What a mark in that Via is bound to: its branch, or its sent-by where it has none (RFC 2543). */
struct span mark_bound(const struct field_via *v);

#endif
