/* SPDX-License-Identifier: MIT */
/* Images that were replaced, and for how long they stay: what looks along them, newest first, in the host,
 * where they are mapped, and in bondctl, which reads a file that may say anything. */
#ifndef BOND_CORE_IMAGE_REST_H
#define BOND_CORE_IMAGE_REST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Hundredths of a second until the memory of an image that was replaced goes: a request that was pending then
 * may be cancelled by its rules for five minutes. */
#define IMAGE_REST 31000

struct image;

/* Where they are; times as segment_now() has them, places are offsets in the file. */
struct image_chain {
	uint64_t current; /* what counts, see segment_current() */
	uint64_t first;   /* none lies before it */
	uint64_t end;     /* behind all of them */
	uint64_t now;
	uint64_t limit;   /* bytes, see image_rest.fits */
	/* Copies n bytes of the file; false: they are not there. */
	bool (*read)(void *ctx, void *to, size_t n, uint64_t at);
	void *ctx;
	/* Is shown what counts, and each that has to stay; or NULL. */
	void (*each)(void *ctx, const struct image_chain *c, uint64_t at, const struct image *i);
	void *each_ctx;
};

struct image_rest {
	uint64_t due;        /* all before it may go; 0 = nothing is known to */
	uint32_t generation; /* of the image there */
	uint32_t count;      /* of those that were replaced and have to stay */
	uint64_t bytes;      /* that they take */
	uint64_t next;       /* when the first of them may go, 0 = none waits */
	bool whole;          /* there is no other that somebody may read */
	uint64_t fits;       /* when what counts now, and those that have to stay then, take no more than
	                      * chain.limit; 0 = now */
};

/* Looks along them. Bounded, whatever is there. */
void image_rest(struct image_rest *r, const struct image_chain *c);

#endif
