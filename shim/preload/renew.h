/* SPDX-License-Identifier: MIT */
/* Other rules take the place of those that a process has, between two calls of its host: bondctl or another
 * process of the host has published an image (segment/page.h), and each process makes its rules of it when
 * it next comes by.
 *
 * One thread does it while the others go on by the rules that they have. It is not done in a child of
 * vfork(), whose memory is its parent's, nor in a thread of libbond's own, whose descriptors are not the
 * host's. In this order, so that nobody goes by a half:
 *
 *	1. rules are made of the image, and where the sockets stand by them (permanent.h)
 *	2. no way is kept any more (hot.changing), and all that are kept are void
 *	3. this_host.rules: every call that begins now is decided by them
 *	4. sockets are asked for what these rules want to know; what hooks look at (hot.h)
 *	5. ways that somebody kept meanwhile are void; hot.generation: it is done
 *
 * Who comes by while hot.generation is another, and nobody is at it, or has been for too long, does it again:
 * a thread may have died of a fork.
 *
 * Async-signal-safe; errno is kept. */
#ifndef BOND_RENEW_H
#define BOND_RENEW_H

#include "core/image.h"
#include "rules_due.h"

/* In the constructor: the rules of an image that is there for good, or is the first in the segment. False:
 * there is no memory. */
bool renew_first(const struct image *i);

/* In a child that was forked: its parent's threads are at nothing here. */
void renew_forked(void);

#endif
