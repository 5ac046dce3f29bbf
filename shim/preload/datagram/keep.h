/* SPDX-License-Identifier: MIT */
/* What is kept of a datagram that has left, for those that follow. */
#ifndef BOND_DATAGRAM_KEEP_H
#define BOND_DATAGRAM_KEEP_H

#include "leaving.h"

/* What other than addresses decided is kept for the rest of the transaction. fell_back: the kernel would
 * not have what was decided first. */
void keep_choice(struct leaving *l, const struct verdict *v, bool fell_back);

/* How an INVITE left (l->begins) that addresses alone decided is noted for the rest of its transaction, should
 * the rules be others meanwhile. Also of one that leaves as the host sends it. */
void keep_begun(struct leaving *l, const struct verdict *v);

/* What addresses alone decided is kept for every message to them (fast.h), until the socket changes. */
void keep_way(struct leaving *l, const struct verdict *v);

#endif
