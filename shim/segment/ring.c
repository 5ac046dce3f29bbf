/* SPDX-License-Identifier: MIT */
/* The side that writes. */
#include "ring.h"

#include <string.h>

/* The bytes of the pieces, taken in portions. */
struct source {
	const struct iovec *pieces;
	size_t count, done; /* done: of the first piece */
};

static void take(struct source *s, char *to, size_t n)
{
	while (n) {
		size_t left = s->pieces->iov_len - s->done, size = left < n ? left : n;
		if (size) /* an empty piece may be nowhere */
			memcpy(to, (const char *)s->pieces->iov_base + s->done, size);
		to += size, n -= size, s->done += size;
		if (s->done == s->pieces->iov_len)
			s->pieces++, s->count--, s->done = 0;
	}
}

/* Whether the slot can be had in that turn; *is: its state then. */
static bool begin(struct ring *r, uint32_t turn, pid_t thread, uint64_t *is)
{
	_Atomic uint64_t *state = &r->states[turn % RING_SLOTS];
	uint64_t before = atomic_load(state);

	*is = ring_state(turn, thread, RING_WRITING);
	if ((before & RING_WRITING) ||
		((before & RING_DONE) && (int32_t)(ring_turn(before) - turn) > 0) ||
		!atomic_compare_exchange_strong(state, &before, *is))
		return false;
	atomic_thread_fence(memory_order_release); /* no byte is written before it says so */
	return true;
}

bool ring_put(struct ring *r, const struct ring_what *what, const struct iovec *pieces, size_t count)
{
	struct source from = {pieces, count, 0};
	size_t left = 0;
	bool whole = true;

	for (size_t i = 0; i < count; i++)
		left += pieces[i].iov_len;
	uint32_t parts = left ? (uint32_t)((left + RING_ROOM - 1) / RING_ROOM) : 1;
	if (left > RING_RECORD_MAX)
		parts = 1, whole = false; /* a number is taken, so that it is missed */
	uint64_t next = atomic_fetch_add(&r->next, (uint64_t)parts << 32 | 1);
	struct ring_part part = {.record = (uint32_t)next, .thread = (uint32_t)what->thread,
		.kind = (uint16_t)what->kind, .readers = what->readers, .parts = (uint8_t)parts};
	for (uint32_t i = 0; i < parts; i++) {
		uint32_t turn = ring_turn(next) + i;
		char *slot = r->slots[turn % RING_SLOTS];
		uint64_t is;
		if (!whole || !begin(r, turn, what->thread, &is)) {
			whole = false;
			atomic_store(&r->dropped[turn % RING_SLOTS], turn);
			continue;
		}
		part.part = (uint8_t)i;
		part.size = (uint16_t)(left < RING_ROOM ? left : RING_ROOM);
		memcpy(slot, &part, sizeof(part));
		take(&from, slot + sizeof(part), part.size);
		left -= part.size;
		/* it may have been given away by one who took this thread for dead */
		whole = atomic_compare_exchange_strong(&r->states[turn % RING_SLOTS], &is,
			ring_state(turn, what->thread, RING_DONE));
	}
	return whole;
}
