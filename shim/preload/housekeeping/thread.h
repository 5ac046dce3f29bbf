/* SPDX-License-Identifier: MIT */
/* The housekeeping thread: one in one process of a host, where the configuration has members, whose
 * addresses it follows, or domains, which it looks up. A word in shared memory says which process has it
 * (seat.h); when that ends, whichever comes by next takes over. Hooks call housekeeping_poke(), which costs
 * two loads while there is an owner. Where there is nothing to look up, and no interface is named, it is a bare one (bare.h). */
#ifndef BOND_HOUSEKEEPING_THREAD_H
#define BOND_HOUSEKEEPING_THREAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/likely.h"
#include "config/model.h"

/* The word of the seat: the owner's thread number (set_robust_list(2)). */
extern const _Atomic uint32_t *housekeeping_word __attribute__((visibility("hidden")));

/* Once, in the constructor, after the segment and before any fork. */
void housekeeping_init(const struct config *c);

/* Starts the thread in this process, if it can. Not in a vfork child. errno is kept. */
void housekeeping_start(void);

/* Calls f where the host waits, receives or sends from now on, until it is called with NULL. */
extern void (*housekeeping_call)(void) __attribute__((visibility("hidden")));
void housekeeping_at_calls(void (*f)(void));

/* Whether nobody has the thread that word tells of: below the waiters' bit stand a thread number, and bit 30 once the
 * owner has died. */
static inline bool housekeeping_is_free(uint32_t word)
{
	return (word & 0x7fffffff) - 1 >= 0x3fffffff;
}

/* At calls of the host that may take their time: starts the thread if nobody has it. */
static inline void housekeeping_poke(void)
{
	if (unlikely(housekeeping_is_free(atomic_load_explicit(housekeeping_word, memory_order_relaxed))))
		housekeeping_start();
}

/* At calls by which a host only gets ready. */
static inline void housekeeping_poke_ready(void)
{
	if (likely(!housekeeping_call))
		housekeeping_poke();
}

#endif
