/* SPDX-License-Identifier: MIT */
#include "alone.h"

#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>

#include "base/raw.h"
#include "preload/process.h"
#include "segment/streams.h"

#define TURNS 100 /* of others, before it sleeps */

/* The place that this thread takes or has; of forked processes, whose threads have the same name, it says
 * which one it is. */
static _Thread_local _Atomic uint64_t *mine;

static uint64_t my_name(void)
{
	return (uint64_t)(uintptr_t)&mine;
}

static void wait_a_turn(int tries)
{
	static const struct timespec nap = {0, 1000000};

	if (tries < TURNS)
		raw_syscall(SYS_sched_yield, 0, 0, 0, 0);
	else
		raw_syscall(SYS_nanosleep, (long)&nap, 0, 0, 0);
}

void alone_begin(struct alone *a, uint64_t key)
{
	_Atomic uint64_t *place = streams_reader(this_host.segment.streams, key);

	a->place = NULL;
	a->before = mine;
	if (!place || (place == mine && atomic_load_explicit(place, memory_order_relaxed) == my_name()))
		return;
	mine = place; /* first, for a handler in between */
	for (int tries = 0; tries < TURNS + ALONE_MS; tries++) {
		uint64_t nobody = 0;
		if (atomic_compare_exchange_strong(place, &nobody, my_name())) {
			a->place = place;
			return;
		}
		wait_a_turn(tries);
	}
	atomic_store(place, my_name());
	a->place = place;
}

void alone_end(struct alone *a)
{
	uint64_t name = my_name();

	if (!a->place)
		return;
	atomic_compare_exchange_strong(a->place, &name, 0);
	mine = a->before;
	a->place = NULL;
}
