/* SPDX-License-Identifier: MIT */
/* States are read before and behind the slots: what changed in between is not believed. Losses are gaps in
 * the numbers of records, so that nothing can be lost uncounted. */
#include "ring_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE UINT64_C(100000000) /* nanoseconds that one is waited for that has begun */
#define BATCH 32                     /* slots that are copied at once */
#define TURNS 64                     /* looks without a record in one call: who writes nonsense may not keep us */

/* The first page of a ring, as it was copied. */
union front {
	struct {
		uint32_t magic;
		uint64_t next;
		uint64_t states[RING_SLOTS] __attribute__((aligned(64)));
		uint32_t dropped[RING_SLOTS];
	} is;
	char bytes[RING_SLOT_SIZE];
};

struct ring_reader {
	union front front;
	char slots[BATCH][RING_SLOT_SIZE] __attribute__((aligned(16)));
	char record[RING_RECORD_MAX] __attribute__((aligned(16)));
	bool whole[BATCH];
	unsigned have, taken; /* slots that were copied, and those of them that are done with */
	uint32_t turn;        /* of the next slot, behind those */
	uint32_t number;      /* of the next record, if none is lost */
	struct ring_part part; /* of the record on its way; parts 0 = there is none */
	size_t size;          /* of it, so far */
	uint64_t lost;
	uint64_t since;   /* when one was waited for first, and what had been begun by then: that is waited */
	uint32_t horizon; /* for as long, from then on. 0 = not at all so far */
	uint64_t busy[RING_SLOTS]; /* states at the last ring_free_dead() */
	off_t at;
	int fd;
};
_Static_assert(offsetof(union front, is.states) == offsetof(struct ring, states) &&
		       offsetof(union front, is.dropped) == offsetof(struct ring, dropped) &&
		       offsetof(union front, is.next) == offsetof(struct ring, next),
	"the same in plain words");

static bool read_at(int fd, void *p, size_t n, off_t at)
{
	return pread(fd, p, n, at) == (ssize_t)n;
}

static bool read_front(struct ring_reader *r)
{
	return read_at(r->fd, &r->front, sizeof(r->front), r->at) && r->front.is.magic == RING_MAGIC;
}

bool ring_is_made(int fd, off_t at)
{
	uint32_t magic;

	return read_at(fd, &magic, sizeof(magic), at) && magic == RING_MAGIC;
}

int ring_make(int fd, off_t at)
{
	static const char zeros[RING_SLOT_SIZE];
	union front f;

	memset(&f, 0, sizeof(f));
	f.is.next = (uint64_t)RING_SLOTS << 32; /* no turn is like a word of zeros */
	for (size_t i = 0; i < sizeof(struct ring); i += sizeof(zeros)) {
		ssize_t n = pwrite(fd, zeros, sizeof(zeros), at + (off_t)i);
		if (n != (ssize_t)sizeof(zeros))
			return n < 0 ? errno : ENOSPC;
	}
	if (pwrite(fd, &f, sizeof(f), at) != (ssize_t)sizeof(f))
		return EIO;
	f.is.magic = RING_MAGIC;
	return pwrite(fd, &f.is.magic, sizeof(f.is.magic), at) == sizeof(f.is.magic) ? 0 : EIO;
}

struct ring_reader *ring_open(int fd, off_t at)
{
	struct ring_reader *r = aligned_alloc(64, (sizeof(*r) + 63) / 64 * 64);

	if (!r)
		return NULL;
	memset(r, 0, sizeof(*r));
	r->fd = fd;
	r->at = at;
	if (!read_front(r)) {
		free(r);
		errno = EINVAL;
		return NULL;
	}
	r->turn = ring_turn(r->front.is.next);
	r->number = (uint32_t)r->front.is.next;
	return r;
}

void ring_close(struct ring_reader *r)
{
	free(r);
}

uint64_t ring_lost(const struct ring_reader *r)
{
	return r->lost;
}

/* How the slot of that turn is. */
enum slot { SLOT_DONE, SLOT_GONE, SLOT_BEGUN };

static enum slot slot_of(const struct ring_reader *r, uint32_t turn)
{
	uint64_t state = r->front.is.states[turn % RING_SLOTS];
	int32_t ahead = (int32_t)(ring_turn(state) - turn);

	if (ahead == 0 && (state & RING_DONE))
		return SLOT_DONE;
	if ((ahead >= 0 && !(state & RING_WRITING)) || ahead > 0 ||
		r->front.is.dropped[turn % RING_SLOTS] == turn)
		return SLOT_GONE;
	return SLOT_BEGUN;
}

/* The next slot will not come any more, nor will the record that it belongs to. */
static void skip(struct ring_reader *r, uint32_t slots)
{
	r->turn += slots;
	r->part.parts = 0;
}

/* Copies the slots that are done, from the next one on; true: the next one may be looked for again. */
static bool copy_slots(struct ring_reader *r, unsigned most)
{
	uint64_t before[BATCH];
	unsigned n = 0, first = r->turn % RING_SLOTS;

	if (most > RING_SLOTS - first)
		most = RING_SLOTS - first;
	for (; n < most && n < BATCH && slot_of(r, r->turn + n) == SLOT_DONE; n++)
		before[n] = r->front.is.states[first + n];
	if (!read_at(r->fd, r->slots, (size_t)n * RING_SLOT_SIZE,
		    r->at + (off_t)(offsetof(struct ring, slots) + (size_t)first * RING_SLOT_SIZE)))
		return false;
	atomic_thread_fence(memory_order_acquire);
	if (!read_front(r))
		return false;
	for (unsigned i = 0; i < n; i++)
		r->whole[i] = r->front.is.states[first + i] == before[i];
	r->have = n;
	r->taken = 0;
	r->turn += n;
	return true;
}

/* Looks what is there: RING_RECORD = slots were copied. */
static enum ring_outcome look(struct ring_reader *r, uint64_t now)
{
	for (int i = 0; i < TURNS; i++) {
		if (!read_front(r))
			return RING_WRONG;
		uint32_t behind = ring_turn(r->front.is.next) - r->turn;
		if (!behind) { /* each that was begun is here, or lost */
			r->lost += (uint32_t)r->front.is.next - r->number;
			r->number = (uint32_t)r->front.is.next;
			return RING_NOTHING;
		}
		if (behind > RING_SLOTS) {
			skip(r, behind - RING_SLOTS);
			behind = RING_SLOTS;
		}
		while (behind && slot_of(r, r->turn) == SLOT_GONE)
			skip(r, 1), behind--;
		if (!behind)
			continue;
		if (slot_of(r, r->turn) == SLOT_DONE)
			return copy_slots(r, behind) ? RING_RECORD : RING_WRONG;
		if (!r->since || (int32_t)(r->turn - r->horizon) >= 0) {
			r->since = now ? now : 1;
			r->horizon = ring_turn(r->front.is.next);
		}
		if (now - r->since < PATIENCE)
			return RING_NOTHING;
		skip(r, 1);
	}
	return RING_NOTHING;
}

/* Puts the next part to its record; true: that is whole. */
static bool take_part(struct ring_reader *r)
{
	const char *slot = r->slots[r->taken];
	struct ring_part p;

	memcpy(&p, slot, sizeof(p));
	if (!r->whole[r->taken++] || p.size > RING_ROOM || !p.parts || p.parts > RING_PARTS ||
		(p.part && (p.part != r->part.part + 1 || p.parts != r->part.parts ||
				   p.record != r->part.record))) {
		r->part.parts = 0;
		return false;
	}
	if (!p.part)
		r->size = 0;
	memcpy(r->record + r->size, slot + sizeof(p), p.size);
	r->size += p.size;
	r->part = p;
	return p.part + 1 == p.parts;
}

enum ring_outcome ring_next(struct ring_reader *r, uint64_t now, struct ring_record *record)
{
	for (int i = 0; i < TURNS * BATCH; i++) {
		if (r->taken == r->have) {
			enum ring_outcome found = look(r, now);
			if (found != RING_RECORD)
				return found;
		}
		if (!take_part(r))
			continue;
		uint32_t lost = r->part.record - r->number;
		if (lost > INT32_MAX) { /* an earlier one again: no host writes that */
			r->part.parts = 0;
			continue;
		}
		r->lost += lost;
		r->number = r->part.record + 1;
		*record = (struct ring_record){.kind = r->part.kind, .readers = r->part.readers,
			.thread = (pid_t)r->part.thread, .bytes = r->record, .size = r->size};
		r->part.parts = 0;
		return RING_RECORD;
	}
	return RING_NOTHING;
}

unsigned ring_free_dead(struct ring_reader *r, bool (*is_dead)(void *ctx, pid_t thread), void *ctx)
{
	unsigned freed = 0;
	union front f;

	if (!read_at(r->fd, &f, sizeof(f), r->at) || f.is.magic != RING_MAGIC)
		return 0;
	for (size_t i = 0; i < RING_SLOTS; i++) {
		uint64_t state = f.is.states[i];
		bool stays = (state & RING_WRITING) && state == r->busy[i];
		r->busy[i] = state;
		if (!stays || !is_dead(ctx, ring_thread(state)))
			continue;
		state = ring_state(ring_turn(state), 0, RING_FREE);
		freed += pwrite(r->fd, &state, sizeof(state),
				 r->at + (off_t)(offsetof(struct ring, states) + i * sizeof(state))) == sizeof(state);
	}
	return freed;
}
