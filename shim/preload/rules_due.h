/* SPDX-License-Identifier: MIT */
/* The rules that a call goes by: what is asked where one begins. Whoever asks knows nothing of what other
 * rules change (renew.h). */
#ifndef BOND_RULES_DUE_H
#define BOND_RULES_DUE_H

#include "hot.h"
#include "process.h"

/* The slow half of renew_rules(). */
void renew(void);

/* Whether there are other rules than those that the process has in full, or the machine has other
 * addresses. */
static inline bool renew_is_due(void)
{
	return segment_current_generation(segment_current(&page.p)) != hot.generation ||
		atomic_load_explicit(&page.p.addresses, memory_order_acquire) != hot.addresses;
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
