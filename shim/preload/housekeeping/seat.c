/* SPDX-License-Identifier: MIT */
/* The kernel's end of robust futexes without libc's mutex, which a thread that libc does not know cannot
 * have. */
#include "seat.h"

#include "base/raw.h"

bool seat_take(_Atomic uint32_t *seat, struct seat_holder *h)
{
	uint32_t self = (uint32_t)raw_syscall(SYS_gettid, 0, 0, 0, 0), before = atomic_load(seat);

	/* the list is there before the word, so that nothing can end in between unseen */
	h->entry.next = &h->head.list;
	h->head = (struct robust_list_head){.list = {&h->entry},
		.futex_offset = (long)((uintptr_t)seat - (uintptr_t)&h->entry)};
	if (raw_syscall(SYS_set_robust_list, (long)&h->head, sizeof(h->head), 0, 0) != 0)
		return false;
	return !seat_is_taken(before) && atomic_compare_exchange_strong(seat, &before, self);
}

void seat_leave(_Atomic uint32_t *seat)
{
	atomic_store(seat, 0);
}
