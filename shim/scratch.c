/* SPDX-License-Identifier: MIT */
/* The pool; its pages are touched only where messages come in pieces. */
#include "scratch.h"

#include <string.h>

#include "readable.h"

#define SLOTS 32

static struct scratch slots[SLOTS];
static _Atomic unsigned taken; /* a bit a slot */

struct scratch *scratch_take(void)
{
	unsigned now = atomic_load_explicit(&taken, memory_order_relaxed);

	while (~now) {
		unsigned i = (unsigned)__builtin_ctz(~now);
		if (atomic_compare_exchange_weak_explicit(&taken, &now, now | 1u << i,
			    memory_order_acquire, memory_order_relaxed))
			return &slots[i];
	}
	return NULL;
}

void scratch_give(struct scratch *s)
{
	if (s)
		atomic_fetch_and_explicit(
			&taken, ~(1u << (unsigned)(s - slots)), memory_order_release);
}

size_t scratch_gather(struct scratch *s, const struct iovec *iov, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		if (!iov[i].iov_len)
			continue;
		if (iov[i].iov_len > sizeof(s->bytes) - n || !readable(iov[i].iov_base))
			return 0;
		memcpy(s->bytes + n, iov[i].iov_base, iov[i].iov_len);
		n += iov[i].iov_len;
	}
	return n;
}
