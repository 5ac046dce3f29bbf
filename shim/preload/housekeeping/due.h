/* SPDX-License-Identifier: MIT */
/* The word by which a host's calls see whether a thread of housekeeping is missing (thread.h). */
#ifndef BOND_HOUSEKEEPING_DUE_H
#define BOND_HOUSEKEEPING_DUE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* That of the seat: the owner's thread number (set_robust_list(2)); or one that is nobody's, where each call is looked
 * at. */
extern const _Atomic uint32_t *housekeeping_word __attribute__((visibility("hidden")));

/* Whether nobody has the thread that word tells of: below the waiters' bit stand a thread number, and bit 30 once the
 * owner has died. */
static inline bool housekeeping_is_free(uint32_t word)
{
	return (word & 0x7fffffff) - 1 >= 0x3fffffff;
}

/* Once: there is something to do, and this is the word of who does it. */
void due_init(const _Atomic uint32_t *seat);

/* This process is to look after something itself, whoever has the seat: at its next call that may take its time a
 * thread is started. Async-signal-safe. */
void due_here(void);

/* That is being done: what is due from now on is told anew. */
void due_taken(void);

/* Each call is looked at for another reason, or no more. */
void due_calls(bool on);

/* Whether a thread is missing. */
bool due_missing(void);

#endif
