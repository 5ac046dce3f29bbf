/* SPDX-License-Identifier: MIT */
/* "did you mean X?": the candidate that is nearest to what was written. PURE. */
#ifndef BOND_SUGGEST_H
#define BOND_SUGGEST_H

#include <stdbool.h>
#include <stddef.h>

struct suggest {
	const char *word;
	size_t length;
	const char *best; /* NULL = nothing is near; points to an offered text */
	size_t distance;
};

void suggest_start(struct suggest *s, const char *word, size_t n);
void suggest_offer(struct suggest *s, const char *candidate);

/* Damerau-Levenshtein (neighbours swapped count as one), without case, on up to 63 bytes. */
size_t suggest_distance(const char *a, size_t a_len, const char *b, size_t b_len);

#endif
