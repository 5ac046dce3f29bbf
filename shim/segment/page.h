/* SPDX-License-Identifier: MIT */
/* The words that change for all processes of a host at once, while they run: one page of the library's own
 * variables (preload/hot.h), over which the file's page is mapped before any fork. So it needs no name
 * that a chroot would hide, no descriptor that the host could close, and no pointer on the way of a send.
 *
 * Who writes by pwrite(2) beside running processes (bondctl) has bytes of its own in what it changes,
 * because it cannot add to a word, and because the kernel copies byte by byte (`rep movsb`) where the
 * processor is quick at it: of a word of eight a reader may see half. Of `mode` the second byte is its own,
 * of `generation` the highest, and of `current` the word that nobody reads.
 *
 * Other rules are published by that highest byte alone: it says which word of `current` counts, and by it
 * every kept way is void. So there is no moment between the two at which a writer could be killed, and no
 * reader meets a word that is being written. */
#ifndef BOND_SEGMENT_PAGE_H
#define BOND_SEGMENT_PAGE_H

#include <linux/futex.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/generation.h"
#include "base/raw.h"

/* The bits of that byte, and the bounds of active_span that bondctl writes (preload/hot.h). */
enum { SEGMENT_MODE_LIVE = 256, SEGMENT_MODE_PACKETS = 512 };
#define SEGMENT_SPAN_CLOSED 256

/* The largest page of the machines of that kind. */
#if defined(__x86_64__) || defined(__i386__)
#define SEGMENT_PAGE_SIZE 4096
#else
#define SEGMENT_PAGE_SIZE 65536
#endif

struct segment_page {
	/* The hooks', see preload/hot.h. */
	int mode;
	uintptr_t active_span;
	_Atomic uint32_t trace_until; /* live.h */

	/* By which kept decisions hold, see base/generation.h: the highest byte is counted up by who publishes
	 * rules, the others by whatever else changes decisions. */
	union {
		uint64_t generation_above __attribute__((aligned(64))); /* it, in the upper half of a word */
		struct {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
			uint32_t nothing; /* 0 */
#endif
			_Atomic uint32_t generation;
		};
	};

	/* Which rules count, in the word that segment_turn() says: their generation << 32 | the image's offset
	 * in the file / SEGMENT_IMAGE_STEP; 0 = none lie in the file. The other one is who publishes next's. */
	_Atomic uint64_t current[2] __attribute__((aligned(64)));
	_Atomic uint64_t writer;        /* who publishes just now, any number, 0 = nobody; and until when, */
	_Atomic uint32_t writer_until;  /* in seconds since boot */
	_Atomic uint32_t oldest;        /* images of earlier generations are gone */
	_Atomic uint64_t allocated;     /* offset in the file behind all images so far */
	_Atomic uint32_t addresses;     /* how often those of the machine have changed, see locals.h */
};

union segment_page_room {
	struct segment_page p;
	char bytes[SEGMENT_PAGE_SIZE];
};
_Static_assert(sizeof(union segment_page_room) == SEGMENT_PAGE_SIZE, "one page");

/* In `writer`: it is a bondctl, which has the file's lock (flock(2)) as long as it lives; without, it is the
 * host itself, which has no descriptor. */
#define SEGMENT_WRITER_TOOL (UINT64_C(1) << 63)
#define SEGMENT_WRITER_SECONDS 10 /* how long a writer has it at most, see writer_until */

#define SEGMENT_IMAGE_STEP 4096 /* images begin at multiples of that */

static inline uint32_t segment_current_generation(uint64_t current)
{
	return (uint32_t)(current >> 32);
}

static inline uint64_t segment_current_offset(uint64_t current)
{
	return (current & UINT32_MAX) * SEGMENT_IMAGE_STEP;
}

/* The byte by which rules are published, of page.generation; it lies there in the file. */
static inline uint8_t segment_turn(uint32_t generation)
{
	return (uint8_t)(generation >> GENERATION_BITS);
}
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define SEGMENT_TURN_AT (offsetof(struct segment_page, generation) + 3)
#else
#define SEGMENT_TURN_AT offsetof(struct segment_page, generation)
#endif

/* The word of `current` that counts. No lock; async-signal-safe. 0 also where the byte never held still,
 * which no writer of rules brings about: then the caller has what it has. */
static inline uint64_t segment_current(const struct segment_page *p)
{
	for (int tries = 0; tries < 64; tries++) {
		uint8_t turn = segment_turn(generation_now(&p->generation));
		uint64_t current = atomic_load_explicit(&p->current[turn & 1], memory_order_acquire);
		if (segment_turn(generation_now(&p->generation)) == turn)
			return current;
	}
	return 0;
}

/* Wakes the threads that wait for rules (preload/opened/reach.h): of whoever has the page mapped. */
static inline void segment_wake(const struct segment_page *p)
{
	raw_syscall(SYS_futex, (long)&p->generation, FUTEX_WAKE, INT32_MAX, 0);
}

/* Publishes rules from within the host: by the one that has the lease (writer), after the image is there. */
static inline void segment_publish(struct segment_page *p, uint64_t current)
{
	uint8_t turn = segment_turn(generation_now(&p->generation));

	atomic_store(&p->current[(turn + 1) & 1], current);
	atomic_fetch_add(&p->generation, UINT32_C(1) << GENERATION_BITS);
	segment_wake(p);
}

#endif
