/* SPDX-License-Identifier: MIT */
/* The words that change for all processes of a host at once, while they run: one page of the library's own
 * variables (preload/hot.h), over which the file's page is mapped before any fork. So it needs no name
 * that a chroot would hide, no descriptor that the host could close, and no pointer on the way of a send.
 *
 * Who writes by pwrite(2) beside running processes (bondctl) has a byte or an aligned word of its own in
 * what it changes, because it cannot add to a word: of `mode` the second byte, of `generation` the
 * highest. */
#ifndef BOND_SEGMENT_PAGE_H
#define BOND_SEGMENT_PAGE_H

#include <stdatomic.h>
#include <stdint.h>

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

	/* By which kept decisions hold, see generation.h. */
	_Atomic uint32_t generation __attribute__((aligned(64)));

	/* Which rules count: their generation << 32 | the image's offset in the file / SEGMENT_IMAGE_STEP;
	 * 0 = none lie in the file. Written whole. */
	_Atomic uint64_t current __attribute__((aligned(64)));
	_Atomic uint64_t writer;        /* who publishes just now, any number, 0 = nobody; and until when, */
	_Atomic uint32_t writer_until;  /* in seconds since boot */
	_Atomic uint32_t oldest;        /* images of earlier generations are gone */
	_Atomic uint64_t allocated;     /* offset in the file behind all images so far */
};

union segment_page_room {
	struct segment_page p;
	char bytes[SEGMENT_PAGE_SIZE];
};
_Static_assert(sizeof(union segment_page_room) == SEGMENT_PAGE_SIZE, "one page");

#define SEGMENT_IMAGE_STEP 4096 /* images begin at multiples of that */

static inline uint32_t segment_current_generation(uint64_t current)
{
	return (uint32_t)(current >> 32);
}

static inline uint64_t segment_current_offset(uint64_t current)
{
	return (current & UINT32_MAX) * SEGMENT_IMAGE_STEP;
}

#endif
