/* SPDX-License-Identifier: MIT */
/* Compiled routes as bytes that mean the same at every address: which arrays they are, whether such
 * bytes may be believed, and a struct match over them. PURE; async-signal-safe; no allocation. */
#ifndef BOND_MATCH_PARTS_H
#define BOND_MATCH_PARTS_H

#include "match_table.h"

/* An array: where it begins, in bytes from a base, and how many elements it has. */
struct part {
	uint32_t at;
	uint32_t count;
};

/* Of one element. */
size_t match_part_size(enum match_part part);
const void *match_part_get(const struct match *m, enum match_part part);
void match_part_set(struct match *m, enum match_part part, const void *p);

/* Whether a match over these arrays, each of which lies within what may be read and is aligned to 16
 * bytes, never leads out of them nor round in circles, whatever is asked. There are as many routes and
 * domains. Linear in the size. */
bool match_check(const char *base, const struct part *parts, uint32_t routes, uint32_t domains);

/* Makes m of checked arrays, which must outlive it, as must c. */
void match_attach(
	struct match *m, const struct config *c, const char *base, const struct part *parts);

#endif
