/* SPDX-License-Identifier: MIT */
/* The housekeeping thread: one in one process of a host, where the configuration has members, whose
 * addresses it follows, or domains, which it looks up. A word in shared memory says which process has it
 * (seat.h); when that ends, whichever comes by next takes over. Hooks call housekeeping_poke(), which costs
 * two loads while there is an owner. Where there is nothing to look up, and no interface is named, it is a bare one (bare.h). */
#ifndef BOND_HOUSEKEEPING_THREAD_H
#define BOND_HOUSEKEEPING_THREAD_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/likely.h"
#include "config/model.h"

/* The word of the seat: the owner's thread number (set_robust_list(2)). */
extern const _Atomic uint32_t *housekeeping_word __attribute__((visibility("hidden")));

/* Once, in the constructor, after the segment and before any fork. */
void housekeeping_init(const struct config *c);

/* Starts the thread in this process, if it can. Not in a vfork child. errno is kept. */
void housekeeping_start(void);

/* At calls of the host that may take their time: starts the thread if nobody has it. */
static inline void housekeeping_poke(void)
{
	uint32_t word = atomic_load_explicit(housekeeping_word, memory_order_relaxed);

	/* below the waiters' bit: a thread number, and bit 30 once the owner has died */
	if (unlikely((word & 0x7fffffff) - 1 >= 0x3fffffff))
		housekeeping_start();
}

#endif
