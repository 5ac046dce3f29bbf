/* SPDX-License-Identifier: MIT */
/* Which process of a host keeps house: a word that its processes share, with the number of the thread that
 * does. When that thread ends, however it comes about, the kernel says so in the word (get_robust_list(2)).
 * No lock: nobody ever waits for it. */
#ifndef BOND_HOUSEKEEPING_SEAT_H
#define BOND_HOUSEKEEPING_SEAT_H

#include <linux/futex.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Of the thread that takes the seat, in its own process's memory, for as long as it lives. */
struct seat_holder {
	struct robust_list_head head;
	struct robust_list entry;
};

/* Whether the word says that a thread has it. */
static inline bool seat_is_taken(uint32_t word)
{
	return (word & FUTEX_TID_MASK) != 0 && !(word & FUTEX_OWNER_DIED);
}

/* Takes it for the calling thread, which has no other robust mutex; false: it is taken. */
bool seat_take(_Atomic uint32_t *seat, struct seat_holder *h);

/* Gives it back, before the thread ends by itself. */
void seat_leave(_Atomic uint32_t *seat);

#endif
