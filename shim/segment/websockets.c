/* SPDX-License-Identifier: MIT */
/* A connection's age is the second in which it was used last, or a few before. */
#include "websockets.h"
#include "base/seconds.h"


#define FRESH_SECONDS 16 /* so long it is not written again */

static struct cache_entry *set_of(struct websockets *w, uint64_t cookie)
{
	return w->sets[cache_set(cookie, WEBSOCKETS_BITS)];
}

void websockets_note(struct websockets *w, uint64_t cookie, enum websocket is)
{
	uint8_t value = (uint8_t)is;

	if (!w || !cookie)
		return;
	cache_write(cache_place(set_of(w, cookie), cookie), cookie, cache_stamp(seconds_now(), 0), &value, sizeof(value));
}

/* Others may look at the entry meanwhile: it stays whole. */
static void use(struct websockets *w, uint64_t cookie)
{
	struct cache_entry *set = set_of(w, cookie);

	for (unsigned i = 0; i < CACHE_WAYS; i++) {
		if (atomic_load(&set[i].key) == cookie)
			atomic_store(&set[i].stamp, cache_stamp(seconds_now(), 0));
	}
}

enum websocket websockets_find(struct websockets *w, uint64_t cookie)
{
	uint64_t stamp;
	uint8_t value;

	if (!w || !cookie || cache_find(set_of(w, cookie), 0, cookie, &value, sizeof(value), &stamp) == CACHE_WAYS)
		return WEBSOCKET_NONE;
	if (seconds_now() - cache_age(stamp) > FRESH_SECONDS)
		use(w, cookie);
	return (enum websocket)value;
}
