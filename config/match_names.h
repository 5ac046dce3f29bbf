/* SPDX-License-Identifier: MIT */
/* The compiled domains by their text: which of them a host is, or ends in. PURE. */
#ifndef BOND_MATCH_NAMES_H
#define BOND_MATCH_NAMES_H

#include "match_table.h"
#include "question.h"

#define NAME_LENGTH_MAX 253 /* RFC 1035 2.3.4, without the final dot */

/* Where a domain of that kind (enum target_kind) stands in match.name_slots, before the mask. */
uint32_t match_names_hash(const char *s, size_t n, uint8_t kind);

/* Of the names that a host is or ends in: one at a time, nearest to the root first. */
struct name_walk {
	const struct match *m;
	const char *host;
	size_t at;
	size_t length;
	uint32_t hash;
};

/* false: there is none. Compared without case and final dot (RFC 3261 19.1.4). */
bool match_names_start(struct name_walk *w, const struct match *m, const struct next_hop *nh);
/* NULL = no more. */
const struct domain_name *match_names_next(struct name_walk *w);

#endif
