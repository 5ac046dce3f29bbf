/* SPDX-License-Identifier: MIT */
/* The housekeeping thread: one in one process of a host, where the configuration has members, whose
 * addresses it follows, or domains, which it looks up. A word in shared memory says which process has it
 * (seat.h); when that ends, whichever comes by next takes over. Hooks call housekeeping_poke(), which costs
 * two loads while there is an owner. Where there is nothing to look up, and no interface is named, it is a bare one
 * (bare.h). Beside it each process has a bare one that has sockets with a filter of libbond's (opened/reach.h). */
#ifndef BOND_HOUSEKEEPING_THREAD_H
#define BOND_HOUSEKEEPING_THREAD_H

#include "base/likely.h"
#include "config/model.h"
#include "due.h"

/* Once, in the constructor, after the segment and before any fork. */
void housekeeping_init(const struct config *c);

/* Starts the threads that this process is to have, if it can. Not in a vfork child. errno is kept. */
void housekeeping_start(void);

/* Calls f where the host waits, receives or sends from now on, until it is called with NULL. */
extern void (*housekeeping_call)(void) __attribute__((visibility("hidden")));
void housekeeping_at_calls(void (*f)(void));

/* How many this process has. */
unsigned housekeeping_threads(void);

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
