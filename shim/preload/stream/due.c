/* SPDX-License-Identifier: MIT */
/* One time for all that is held, so that a wait looks at one number; it may be earlier than all. */
#include "due.h"

#include <time.h>

#include "base/older.h"
#include "preload/process.h"
#include "reader.h"

static _Atomic uint32_t next_due; /* the earliest of all, or before it; 0 = nothing is held */

uint32_t due_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint32_t)(t.tv_sec * 1000 + t.tv_nsec / 1000000) | 1;
}

void due_note(uint32_t until)
{
	uint32_t before = atomic_load(&next_due);

	while ((!before || (int32_t)(until - before) < 0) &&
		!atomic_compare_exchange_weak(&next_due, &before, until | 1))
		;
}

bool due_to_pass(int fd)
{
	const struct fd_hold *h = &record_of(fd)->hold;

	return h->at && (int32_t)(due_now() - h->at) >= DUE_PASS_MS;
}

bool due_to_shut(int fd)
{
	const struct fd_hold *h = &record_of(fd)->hold;

	return h->at && (int32_t)(due_now() - h->at) >= DUE_SHUT_MS;
}

int due_limit(int wait_ms)
{
	uint32_t due = atomic_load_explicit(&next_due, memory_order_relaxed);
	int limit = -1;

	if (due)
		limit = (int32_t)(due - due_now()) > 0 ? (int)(due - due_now()) : 0;
	else if (!__libc_single_threaded) /* another thread may hold something meanwhile */
		limit = DUE_PASS_MS;
	return wait_ms >= 0 && wait_ms <= limit ? -1 : limit;
}

void due_release(void)
{
	uint32_t due = atomic_load(&next_due), then = 0;
	int top = sockets_end(&this_host.sockets) - 1;

	if (!due || (int32_t)(due_now() - due) < 0)
		return;
	atomic_compare_exchange_strong(&next_due, &due, 0);
	for (int fd = 0; fd <= top; fd++) {
		struct fd_hold *h = &record_of(fd)->hold;
		if (!(bits_of(fd) & FD_STREAM) || !h->at || h->released)
			continue;
		if ((int32_t)(due_now() - h->until) >= 0) {
			h->released = true;
			reader_set_lowat(fd, h->lowat); /* tells whoever waits (tcp(7)) */
		} else if (!then || (int32_t)(h->until - then) < 0) {
			then = h->until;
		}
	}
	if (then)
		due_note(then);
}
