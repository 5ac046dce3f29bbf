/* SPDX-License-Identifier: MIT */
/* The housekeeping thread: one in one process of a host, and only if the configuration has domains to
 * look up. A robust mutex in shared memory marks the process that has it; when that process ends,
 * whichever comes by next takes over. Hooks call housekeeping_poke(), which costs two loads while there
 * is an owner. */
#ifndef BOND_HOUSEKEEPING_THREAD_H
#define BOND_HOUSEKEEPING_THREAD_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/likely.h"
#include "config/model.h"

/* The futex word of that mutex: the owner's thread number (set_robust_list(2)). */
extern const _Atomic uint32_t *housekeeping_word __attribute__((visibility("hidden")));

/* Once, in the constructor, before any fork. seat: zeroed shared memory of that size, aligned to a page. */
#define HOUSEKEEPING_SEAT_SIZE 4096
void housekeeping_init(const struct config *c, void *seat);

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
