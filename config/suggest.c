/* SPDX-License-Identifier: MIT */
/* Finds the likely meaning of a mistyped word. Called while a configuration loads. PURE. */
#include "suggest.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#define WORD_MAX 63

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t suggest_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][WORD_MAX + 1];
	size_t *before = rows[0], *last = rows[1], *now = rows[2];
	if (a_len > WORD_MAX || b_len > WORD_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= b_len; j++)
		last[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		now[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			int x = tolower((unsigned char)a[i - 1]);
			int y = tolower((unsigned char)b[j - 1]);
			now[j] = least(last[j - 1] + (x != y), least(last[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) &&
				y == tolower((unsigned char)a[i - 2]))
				now[j] = least(now[j], before[j - 2] + 1);
		}
		size_t *free_row = before;
		before = last;
		last = now;
		now = free_row;
	}
	return last[b_len];
}

void suggest_start(struct suggest *s, const char *word, size_t n)
{
	*s = (struct suggest){.word = word, .length = n, .distance = SIZE_MAX};
}

void suggest_offer(struct suggest *s, const char *candidate)
{
	size_t n = strlen(candidate), shorter = least(n, s->length);
	size_t distance = suggest_distance(s->word, s->length, candidate, n);
	/* "extern" for "external": as good as two slips. */
	bool prefix = shorter >= 3 && strncasecmp(s->word, candidate, shorter) == 0;
	if (prefix)
		distance = least(distance, 2);
	size_t allowed = s->length < 3 ? 1 : least((s->length + 2) / 3, 3);
	if ((prefix || (distance <= allowed && distance < s->length)) && distance < s->distance) {
		s->best = candidate;
		s->distance = distance;
	}
}
