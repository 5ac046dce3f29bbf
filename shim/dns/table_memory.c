/* SPDX-License-Identifier: MIT */
/* Makes and finds tables. Called where the host starts, and by tools on a copy. */
#include "table_memory.h"
#include "table_layout.h"

#include <errno.h>
#include <sys/random.h>
#include <time.h>

#define LINE 64
#define HINTS_EACH 2 /* for an entry, of which half are in use: every fourth hint at most */

static size_t align(size_t n)
{
	return (n + LINE - 1) / LINE * LINE;
}

static uint32_t power_of_two(uint32_t at_least)
{
	uint32_t n = 64;
	while (n < at_least)
		n *= 2;
	return n;
}

/* At most half of the entries are ever in use, so that searches stay short. */
static uint32_t entries_for(uint32_t addresses)
{
	return power_of_two(addresses * 2);
}

struct offsets {
	size_t hints, entries, domains, aliases, end;
};

static void find_offsets(
	struct offsets *o, uint32_t domain_max, uint32_t entry_count, uint32_t hint_count)
{
	o->hints = align(sizeof(struct table_head));
	o->entries = align(o->hints + (size_t)hint_count * sizeof(uint64_t));
	o->domains = align(o->entries + (size_t)entry_count * sizeof(struct table_entry));
	o->aliases = align(o->domains + (size_t)domain_max * sizeof(struct table_domain));
	o->end = align(o->aliases + (size_t)entry_count * sizeof(struct table_alias));
}

size_t table_size(uint32_t domains, uint32_t addresses)
{
	struct offsets o;
	if (domains > TABLE_DOMAINS_MAX || addresses > 1 << 20)
		return 0;
	uint32_t entries = entries_for(addresses);
	find_offsets(&o, domains ? domains : 1, entries, entries * HINTS_EACH);
	return o.end;
}

static bool is_power_of_two(uint32_t n)
{
	return n >= 64 && (n & (n - 1)) == 0;
}

int table_attach(struct table *t, void *area, size_t size)
{
	struct table_head *h = area;
	struct offsets o;
	if (size < sizeof(*h) || h->magic != TABLE_MAGIC || !is_power_of_two(h->entry_count) ||
		!is_power_of_two(h->hint_count) || h->entry_count > 1 << 21 ||
		h->hint_count > 1 << 22 || h->domain_max > TABLE_DOMAINS_MAX || h->domain_max == 0)
		return EINVAL;
	find_offsets(&o, h->domain_max, h->entry_count, h->hint_count);
	if (o.end > size)
		return EINVAL;
	char *base = area;
	t->head = h;
	t->generation = &h->generation;
	t->hints = (const _Atomic uint64_t *)(base + o.hints);
	t->entries = (struct table_entry *)(base + o.entries);
	t->domains = (struct table_domain *)(base + o.domains);
	t->aliases = (struct table_alias *)(base + o.aliases);
	t->seed = h->seed;
	t->hint_mask = h->hint_count - 1;
	t->entry_mask = h->entry_count - 1;
	t->domain_max = h->domain_max;
	return 0;
}

int table_format(void *area, size_t size, uint32_t domains, uint32_t addresses)
{
	struct table_head *h = area;
	size_t need = table_size(domains, addresses);
	pthread_mutexattr_t attr;
	if (need == 0 || size < need || (uintptr_t)area % LINE)
		return EINVAL;
	h->size = size;
	h->domain_max = domains ? domains : 1;
	h->entry_count = entries_for(addresses);
	h->hint_count = h->entry_count * HINTS_EACH;
	/* keeps the owner of a zone from choosing addresses that collide */
	if (getrandom(&h->seed, sizeof(h->seed), GRND_NONBLOCK) != sizeof(h->seed))
		h->seed = (uint64_t)time(NULL) * UINT64_C(0x2545f4914f6cdd1d);
	int e = pthread_mutexattr_init(&attr);
	if (e)
		return e;
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
	e = pthread_mutex_init(&h->lock, &attr);
	pthread_mutexattr_destroy(&attr);
	if (e == 0)
		h->magic = TABLE_MAGIC;
	return e;
}
