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

/* Gives all lists in these arrays the tag (list_tag()); they have none. */
void match_tag(char *base, const struct part *parts, uint32_t tag);

/* What a match is checked against. */
struct match_expected {
	uint32_t routes, domains; /* there are as many */
	uint32_t tag;             /* of its lists */
};

/* Whether a match over these arrays, each of which lies within what may be read and is aligned to 16
 * bytes, never leads out of them nor round in circles, whatever is asked. Linear in the size. That it was
 * so holds on where pages of them become zero, also while they are looked into. */
bool match_check(const char *base, const struct part *parts, const struct match_expected *expected);

/* Makes m of checked arrays, which must outlive it, as must c. */
void match_attach(
	struct match *m, const struct config *c, const char *base, const struct part *parts);

#endif
