/* SPDX-License-Identifier: MIT */
/* A dialog's age is its turn among all that were kept. */
#include "dialogs.h"

#include "base/generation.h"

void dialogs_keep(struct dialogs *d, _Atomic uint32_t *generation, uint64_t key, const struct addr *at)
{
	if (!d || !key)
		return;
	uint32_t age = atomic_fetch_add(&d->clock, 1) + 1;
	cache_write(cache_place(d->sets[cache_set(key, DIALOGS_BITS)], key), key, cache_stamp(age, 0), at,
		sizeof(*at));
	if (!atomic_exchange(&d->any, true))
		generation_next(generation);
}

bool dialogs_find(const struct dialogs *d, uint64_t key, struct addr *at)
{
	uint64_t stamp;

	return d && key &&
		cache_find(d->sets[cache_set(key, DIALOGS_BITS)], 0, key, at, sizeof(*at), &stamp) < CACHE_WAYS;
}
