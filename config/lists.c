/* SPDX-License-Identifier: MIT */
/* Candidate lists, equal ones kept once: a million prefixes of ten routes have few of them. Part of
 * match_compile(); the state is its own. */
#include "compile.h"

#include <stdlib.h>

bool compile_grow(void *array, size_t *room, size_t need, size_t size)
{
	void **p = array;
	if (need <= *room)
		return true;
	size_t more = *room ? *room * 2 : 16;
	if (more < need)
		more = need;
	void *bigger = realloc(*p, more * size);
	if (!bigger)
		return false;
	*p = bigger;
	*room = more;
	return true;
}

static uint32_t hash_candidates(const struct candidate *c, size_t n)
{
	uint32_t hash = HASH_START;
	for (size_t i = 0; i < n; i++) {
		uint32_t words[] = {(uint32_t)c[i].route << 16 | c[i].port, c[i].scope,
			(uint32_t)c[i].kind << 16 | (uint32_t)c[i].conditions[0] << 8 |
				c[i].conditions[1]};
		for (int w = 0; w < 3; w++) {
			hash = (hash ^ words[w]) * 0x9e3779b1;
			hash ^= hash >> 15;
		}
	}
	return hash;
}

static bool same_candidates(const struct candidate *a, const struct candidate *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (a[i].route != b[i].route || a[i].port != b[i].port ||
			a[i].scope != b[i].scope || a[i].conditions[0] != b[i].conditions[0] ||
			a[i].conditions[1] != b[i].conditions[1] || a[i].kind != b[i].kind)
			return false;
	return true;
}

static bool pool_rehash(struct pool *p)
{
	size_t count = p->slot_count ? p->slot_count * 2 : 64;
	uint32_t *slots = calloc(count, sizeof(*slots));
	if (!slots)
		return false;
	for (size_t i = 0; i < p->list_count; i++) {
		const struct list *l = &p->lists[i];
		const struct candidate *first = p->items ? p->items + l->first : NULL;
		size_t at = hash_candidates(first, l->count) & (count - 1);
		while (slots[at])
			at = (at + 1) & (count - 1);
		slots[at] = (uint32_t)i + 1;
	}
	free(p->slots);
	p->slots = slots;
	p->slot_count = count;
	return true;
}

struct list *pool_intern(struct pool *p, const struct candidate *c, size_t n, bool *added)
{
	if ((p->list_count + 1) * 2 > p->slot_count && !pool_rehash(p))
		return NULL;
	size_t at = hash_candidates(c, n) & (p->slot_count - 1);
	*added = false;
	for (; p->slots[at]; at = (at + 1) & (p->slot_count - 1)) {
		struct list *l = &p->lists[p->slots[at] - 1];
		if (l->count == n && (n == 0 || same_candidates(p->items + l->first, c, n)))
			return l;
	}
	if (p->count + n >= INT32_MAX / LIST_STEP ||
		!compile_grow(&p->items, &p->room, p->count + n, sizeof(*c)) ||
		!compile_grow(&p->lists, &p->list_room, p->list_count + 1, sizeof(*p->lists)))
		return NULL;
	if (n)
		memcpy(p->items + p->count, c, n * sizeof(*c));
	p->lists[p->list_count] = (struct list){(uint32_t)p->count, (uint32_t)n, 0};
	p->count += n;
	p->slots[at] = (uint32_t)++p->list_count;
	*added = true;
	return &p->lists[p->list_count - 1];
}

void pool_free(struct pool *p)
{
	free(p->items);
	free(p->lists);
	free(p->slots);
}
