/* SPDX-License-Identifier: MIT */
#include "lookups.h"

/* A process that is killed while it fills one in leaves it for nobody. */
enum { LOOKUP_FREE, LOOKUP_FILLING, LOOKUP_SET };

int lookups_number(struct lookups *l, const struct addr *a, uint16_t protocol, int most)
{
	for (int i = 0; l && i < LOOKUPS_MAX; i++) {
		uint32_t state = LOOKUP_FREE;
		if (i < most && atomic_compare_exchange_strong(&l->listeners[i].state, &state, LOOKUP_FILLING)) {
			l->listeners[i].addr = *a;
			l->listeners[i].protocol = protocol;
			atomic_store_explicit(&l->listeners[i].state, LOOKUP_SET, memory_order_release);
			return i;
		}
		struct addr there;
		uint16_t its;
		if (lookups_at(l, (uint32_t)i, &there, &its) && its == protocol && addr_equal(&there, a) &&
			there.scope == a->scope)
			return i;
	}
	return -1;
}

bool lookups_at(const struct lookups *l, uint32_t number, struct addr *a, uint16_t *protocol)
{
	if (!l || number >= LOOKUPS_MAX ||
		atomic_load_explicit(&l->listeners[number].state, memory_order_acquire) != LOOKUP_SET)
		return false;
	*a = l->listeners[number].addr;
	*protocol = l->listeners[number].protocol;
	return true;
}

void lookups_done(struct lookups *l, uint32_t generation)
{
	if (l)
		atomic_store(&l->generation, generation);
}

uint32_t lookups_of(const struct lookups *l)
{
	return l ? atomic_load(&l->generation) : LOOKUPS_NEVER;
}

void lookups_moved(struct lookups *l, uint32_t from, uint32_t to)
{
	if (l && !atomic_compare_exchange_strong(&l->generation, &from, to))
		atomic_store(&l->generation, LOOKUPS_NEVER);
}
