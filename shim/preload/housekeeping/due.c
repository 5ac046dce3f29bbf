/* SPDX-License-Identifier: MIT */
#include "due.h"

static const _Atomic uint32_t somebody = 1, nobody = 0, *seat_word = &somebody;
const _Atomic uint32_t *housekeeping_word = &somebody;

static _Atomic bool here, calls;

static void look(void)
{
	bool each = atomic_load(&here) || atomic_load(&calls);

	__atomic_store_n(&housekeeping_word, each ? &nobody : seat_word, __ATOMIC_SEQ_CST);
}

void due_init(const _Atomic uint32_t *seat)
{
	seat_word = seat;
	look();
}

void due_here(void)
{
	if (seat_word == &somebody)
		return;
	atomic_store(&here, true);
	look();
}

void due_taken(void)
{
	atomic_store(&here, false);
	look();
	if (atomic_load(&here)) /* told meanwhile */
		look();
}

void due_calls(bool on)
{
	atomic_store(&calls, on);
	look();
}

bool due_missing(void)
{
	return atomic_load(&here) || housekeeping_is_free(atomic_load(seat_word));
}
