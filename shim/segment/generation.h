/* SPDX-License-Identifier: MIT */
/* The counter by which kept decisions hold: whatever changes how a call is decided, in any process of the
 * host, counts it up, and what was kept under an earlier count is void. Async-signal-safe. */
#ifndef BOND_SEGMENT_GENERATION_H
#define BOND_SEGMENT_GENERATION_H

#include <stdatomic.h>
#include <stdint.h>

#define GENERATION_FIRST 1 /* 0 is no generation */

static inline uint32_t generation_now(const _Atomic uint32_t *generation)
{
	return atomic_load_explicit(generation, memory_order_acquire);
}

static inline void generation_next(_Atomic uint32_t *generation)
{
	atomic_fetch_add(generation, 1);
}

#endif
