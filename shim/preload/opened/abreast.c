/* SPDX-License-Identifier: MIT */
#include "abreast.h"

#include <stdatomic.h>

#include "preload/housekeeping/due.h"
#include "preload/image_now.h"

#define NEVER 0 /* no rules are of that generation */

static _Atomic bool wanted;
static _Atomic uint32_t done = NEVER;

void abreast_add(uint32_t generation)
{
	if (generation != image_generation_now())
		atomic_store(&done, NEVER);
	if (!atomic_exchange(&wanted, true))
		due_here();
}

void abreast_forked(void)
{
	if (abreast_wanted())
		due_here();
}

bool abreast_wanted(void)
{
	return atomic_load_explicit(&wanted, memory_order_relaxed);
}

void abreast_done(uint32_t generation)
{
	atomic_store(&done, generation);
}

uint32_t abreast_of(void)
{
	return atomic_load(&done);
}

void abreast_moved(uint32_t from, uint32_t to)
{
	if (!atomic_compare_exchange_strong(&done, &from, to))
		atomic_store(&done, NEVER);
}
