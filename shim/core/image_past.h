/* SPDX-License-Identifier: MIT */
/* What goes on from one image to the next: slots, names, keys. Part of image_write(). */
#ifndef BOND_CORE_IMAGE_PAST_H
#define BOND_CORE_IMAGE_PAST_H

#include "image.h"

/* A tombstone whose text is still elsewhere. */
struct image_name {
	struct image_tombstone stone; /* its name is 0 */
	const char *name;             /* NULL = the address */
};

struct image_past {
	uint32_t *slots[IMAGE_KINDS]; /* of each bond, member, route */
	uint32_t slots_end[IMAGE_KINDS];
	struct image_retired *retired;
	size_t retired_count;
	struct image_name *names;
	void *room; /* what of the former image is read; names point into it */
	size_t name_count;
	struct prf_key keys[2];
	uint8_t key_count;
};

/* As image_write(). Whatever it returns, image_past_free() comes after it. */
int image_past_make(struct image_past *p, const struct config *c, const struct image *former,
	uint64_t now);
void image_past_free(struct image_past *p);

/* What makes the same of two images the same: of a bond its name in any case, of a route its name, of a
 * member its bond, transport and address. Not its line, which moves with those above it. */
uint64_t image_identity(const struct config *c, enum image_kind kind, uint32_t number);

/* The parts of image_past_make(). c: what is written; before: the former configuration. */
int image_slots(struct image_past *p, const struct config *c, const struct config *before,
	const struct image *former, uint64_t now);
int image_names(struct image_past *p, const struct config *c, const struct config *before,
	const struct image *former);

#endif
