/* SPDX-License-Identifier: MIT */
/* Two processes at once may both say the same of an address. */
#include "said.h"

#include "base/hash.h"

bool said_full(struct said *s, enum full_table table)
{
	return s && !atomic_load(&s->full[table]) && !atomic_exchange(&s->full[table], true);
}

bool said_large(struct said *s, uint32_t slot)
{
	const uint32_t words = sizeof(s->large) / sizeof(s->large[0]);
	uint64_t bit = UINT64_C(1) << slot % 64;

	return s && !(atomic_fetch_or(&s->large[slot / 64 % words], bit) & bit);
}

bool said_stray(struct said *s, const struct addr *a)
{
	uint64_t key, low;

	if (!s)
		return false;
	memcpy(&key, a->ip + 8, sizeof(key));
	memcpy(&low, a->ip, sizeof(low));
	key = (key ^ hash_mix(low)) + a->port;
	uint32_t n = atomic_load(&s->stray_count);
	for (uint32_t i = 0; i < SAID_STRAYS && i < n; i++) {
		if (atomic_load(&s->strays[i]) == key)
			return false;
	}
	atomic_store(&s->strays[atomic_fetch_add(&s->stray_count, 1) % SAID_STRAYS], key);
	return true;
}

bool said_heard(struct said *s, bool datagram)
{
	return s && !atomic_exchange(&s->heard[datagram], true);
}
