/* SPDX-License-Identifier: MIT */
#include "lookups.h"

/* A process that is killed while it fills one in leaves it for nobody. */
enum { LOOKUP_FREE, LOOKUP_FILLING, LOOKUP_SET };

int lookups_number(struct lookups *l, const struct addr *a, uint16_t protocol)
{
	for (int i = 0; l && i < LOOKUPS_MAX; i++) {
		uint32_t state = LOOKUP_FREE;
		if (atomic_compare_exchange_strong(&l->listeners[i].state, &state, LOOKUP_FILLING)) {
			l->listeners[i].addr = *a;
			l->listeners[i].protocol = protocol;
			atomic_store_explicit(&l->listeners[i].state, LOOKUP_SET, memory_order_release);
			return i;
		}
		if (state == LOOKUP_SET && l->listeners[i].protocol == protocol &&
			addr_equal(&l->listeners[i].addr, a) && l->listeners[i].addr.scope == a->scope)
			return i;
	}
	return -1;
}
