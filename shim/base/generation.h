/* SPDX-License-Identifier: MIT */
/* The counter by which kept decisions hold: whatever changes how a call is decided, in any process of the
 * host, counts it up, and what was kept under an earlier count is void. Async-signal-safe. */
#ifndef BOND_BASE_GENERATION_H
#define BOND_BASE_GENERATION_H

#include <stdatomic.h>
#include <stdint.h>

#define GENERATION_FIRST 1 /* 0 is no generation */
#define GENERATION_BITS 24 /* are counted here; those above are somebody else's (segment/page.h) */

static inline uint32_t generation_now(const _Atomic uint32_t *generation)
{
	return atomic_load_explicit(generation, memory_order_acquire);
}

/* Never carries into the upper bits, nor ends at 0. */
static inline void generation_next(_Atomic uint32_t *generation)
{
	const uint32_t own = (UINT32_C(1) << GENERATION_BITS) - 1;
	uint32_t before = atomic_load_explicit(generation, memory_order_relaxed), after;

	do {
		after = (before & ~own) | ((before + 1) & own);
		if (!(after & own))
			after++;
	} while (!atomic_compare_exchange_weak(generation, &before, after));
}

#endif
