/* SPDX-License-Identifier: MIT */
/* The pool; its pages are touched only where messages come in pieces. */
#include "scratch.h"

#include <string.h>
#include <sys/syscall.h>

#include "base/raw.h"
#include "process.h"
#include "readable.h"
#include "segment/counters.h"

#define SLOTS 64
#define TRIES 100

static struct scratch slots[SLOTS];
static _Atomic uint64_t taken; /* a bit a slot */

struct scratch *scratch_take(void)
{
	uint64_t now = atomic_load_explicit(&taken, memory_order_relaxed);

	while (~now) {
		unsigned i = (unsigned)__builtin_ctzll(~now);
		if (atomic_compare_exchange_weak_explicit(&taken, &now, now | UINT64_C(1) << i,
			    memory_order_acquire, memory_order_relaxed))
			return &slots[i];
	}
	return NULL;
}

struct scratch *scratch_wait(void)
{
	struct scratch *s = scratch_take();

	for (int i = 0; !s && i < TRIES; i++) {
		raw_syscall(SYS_sched_yield, 0, 0, 0, 0);
		s = scratch_take();
	}
	if (!s)
		counters_add_full(this_host.segment.counters, FULL_SCRATCH);
	return s;
}

void scratch_give(struct scratch *s)
{
	if (s)
		atomic_fetch_and_explicit(
			&taken, ~(UINT64_C(1) << (unsigned)(s - slots)), memory_order_release);
}

size_t scratch_gather(struct scratch *s, const struct iovec *iov, size_t count, size_t most)
{
	size_t n = 0;

	for (size_t i = 0; i < count && n < most; i++) {
		size_t piece = iov[i].iov_len < most - n ? iov[i].iov_len : most - n;
		if (!piece)
			continue;
		if (piece > sizeof(s->bytes) - n || !readable(iov[i].iov_base))
			return 0;
		memcpy(s->bytes + n, iov[i].iov_base, piece);
		n += piece;
	}
	return n;
}
