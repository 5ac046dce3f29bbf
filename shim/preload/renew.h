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
#include "hot.h"
#include "process.h"

/* In the constructor: the rules of an image that is there for good, or is the first in the segment. False:
 * there is no memory. */
bool renew_first(const struct image *i);

/* The image that counts, believed as far as it has to be; NULL: there is none, or it is gone already. What
 * was read of it holds if its generation is not below page.p.oldest behind that. */
const struct image *renew_image(void);

/* In a child that was forked: its parent's threads are at nothing here. */
void renew_forked(void);

/* The slow half of renew_rules(). */
void renew(void);

/* Whether there are other rules than those that the process has in full. */
static inline bool renew_is_due(void)
{
	return segment_current_generation(segment_current(&page.p)) != hot.generation;
}

/* The rules to go by in a call of the host's that begins here: the newest that can be had. */
static inline const struct rules *renew_rules(void)
{
	if (unlikely(renew_is_due()))
		renew();
	return rules_now();
}

#define RENEW_TRIES 3 /* of a decision that does not hold */

/* Whether what was decided by r holds: the image that was looked into was still there. To be asked once it
 * is decided. */
static inline bool renew_held(const struct rules *r)
{
	atomic_thread_fence(memory_order_acquire);
	return likely(r->generation >= atomic_load_explicit(&page.p.oldest, memory_order_acquire));
}

#endif
