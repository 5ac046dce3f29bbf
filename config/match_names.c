/* SPDX-License-Identifier: MIT */
/* A hash with open addressing, of which the mapping holds the slots. */
#include "match_names.h"

/* FNV-1a from the last character to the first, so that the hash of each suffix is passed on the
 * way; without case. */
static inline uint32_t hash_step(uint32_t hash, char ch)
{
	uint8_t lower = (uint8_t)(ch >= 'A' && ch <= 'Z' ? ch + 32 : ch);
	return (hash ^ lower) * 16777619;
}

uint32_t match_names_hash(const char *s, size_t n, uint8_t kind)
{
	uint32_t hash = HASH_START;
	while (n)
		hash = hash_step(hash, s[--n]);
	return hash_step(hash, kind == TARGET_WILDCARD ? '*' : '.');
}

static bool same_name(const char *lower, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (lower[i] != text[i] &&
			lower[i] != (text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 32 : text[i]))
			return false;
	return true;
}

static const struct domain_name *find_name(
	const struct match *m, uint32_t hash, const char *s, size_t n, uint8_t kind)
{
	hash = hash_step(hash, kind == TARGET_WILDCARD ? '*' : '.');
	for (uint32_t i = hash & m->name_mask; m->name_slots[i]; i = (i + 1) & m->name_mask) {
		const struct domain_name *name = &m->names[m->name_slots[i] - 1];
		if (name->kind == kind && name->length == n &&
			same_name(m->text + name->text, s, n))
			return name;
	}
	return NULL;
}

bool match_names_start(struct name_walk *w, const struct match *m, const struct next_hop *nh)
{
	size_t n = nh->host_len;
	if (n && nh->host[n - 1] == '.')
		n--;
	*w = (struct name_walk){.m = m, .host = nh->host, .at = n, .length = n, .hash = HASH_START};
	return n > 0 && n <= NAME_LENGTH_MAX && m->name_count > 0;
}

const struct domain_name *match_names_next(struct name_walk *w)
{
	while (w->at > 0) {
		w->hash = hash_step(w->hash, w->host[--w->at]);
		const struct domain_name *name = NULL;
		if (w->at == 0)
			name = find_name(w->m, w->hash, w->host, w->length, TARGET_DOMAIN);
		else if (w->at > 1 && w->host[w->at - 1] == '.')
			name = find_name(
				w->m, w->hash, w->host + w->at, w->length - w->at, TARGET_WILDCARD);
		if (name)
			return name;
	}
	return NULL;
}
