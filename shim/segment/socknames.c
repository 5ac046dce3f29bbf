/* SPDX-License-Identifier: MIT */
/* A name's age is its turn among all that were kept. */
#include "socknames.h"

void socknames_keep(struct socknames *s, uint64_t cookie, const struct addr *name)
{
	if (!s || !cookie)
		return;
	uint32_t age = atomic_fetch_add(&s->clock, 1) + 1;
	struct cache_entry *e = cache_place(s->sets[cache_set(cookie, SOCKNAMES_BITS)], cookie);
	cache_write(e, cookie, cache_stamp(age, 0), name, sizeof(*name));
}

void socknames_forget(struct socknames *s, uint64_t cookie)
{
	if (s && cookie)
		cache_forget(s->sets[cache_set(cookie, SOCKNAMES_BITS)], cookie);
}

bool socknames_find(const struct socknames *s, uint64_t cookie, struct addr *name)
{
	uint64_t stamp;

	return s && cookie &&
		cache_find(s->sets[cache_set(cookie, SOCKNAMES_BITS)], 0, cookie, name, sizeof(*name), &stamp) <
			CACHE_WAYS;
}
