/* SPDX-License-Identifier: MIT */
/* The readers of the table, and how it is laid out. No lock, no allocation, no log. */
#include "table_layout.h"
#include "answer.h"

#include <errno.h>
#include <stdio.h>
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

void table_offsets(
	struct table_offsets *o, uint32_t domain_max, uint32_t entry_count, uint32_t hint_count)
{
	o->hints = align(sizeof(struct table_head));
	o->entries = align(o->hints + (size_t)hint_count * sizeof(uint64_t));
	o->domains = align(o->entries + (size_t)entry_count * sizeof(struct table_entry));
	o->aliases = align(o->domains + (size_t)domain_max * sizeof(struct table_domain));
	o->end = align(o->aliases + (size_t)entry_count * sizeof(struct table_alias));
}

size_t table_size(uint32_t domains, uint32_t addresses)
{
	struct table_offsets o;
	if (domains > TABLE_DOMAINS_MAX || addresses > 1 << 20)
		return 0;
	uint32_t entries = entries_for(addresses);
	table_offsets(&o, domains ? domains : 1, entries, entries * HINTS_EACH);
	return o.end;
}

static bool is_power_of_two(uint32_t n)
{
	return n >= 64 && (n & (n - 1)) == 0;
}

int table_attach(struct table *t, void *area, size_t size)
{
	struct table_head *h = area;
	struct table_offsets o;
	if (size < sizeof(*h) || h->magic != TABLE_MAGIC || !is_power_of_two(h->entry_count) ||
		!is_power_of_two(h->hint_count) || h->entry_count > 1 << 21 ||
		h->hint_count > 1 << 22 || h->domain_max > TABLE_DOMAINS_MAX || h->domain_max == 0)
		return EINVAL;
	table_offsets(&o, h->domain_max, h->entry_count, h->hint_count);
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

static inline void add_domain(const struct table *t, uint16_t domain, struct table_hit *hit)
{
	unsigned n = hit->count;
	for (unsigned k = 0; k < n; k++)
		if (hit->domains[k] == domain)
			return;
	if (n < TABLE_HIT_DOMAINS && domain < t->domain_max)
		hit->domains[hit->count++] = domain;
	else
		hit->more = true;
}

enum look { CHANGED, ANOTHER, LAST, MORE };

/* Bits 1 << enum transport: of all domains, and of those of `whose`. */
struct services {
	const struct table_whose *whose;
	uint32_t all, own;
};

/* What entry e says of the address is added to hit, or, where that is NULL, to *services. CHANGED =
 * it changed meanwhile, nothing was added. */
static inline __attribute__((always_inline)) enum look read_entry(const struct table *t,
	const struct table_entry *e, uint64_t version, const struct addr *a, struct table_hit *hit,
	struct services *services)
{
	const struct table_copy *c = &e->copies[version & 1];
	const struct table_hit before = {.count = hit ? hit->count : 0, .more = hit && hit->more};
	uint64_t ip[2];
	uint32_t found = 0, own = 0;
	enum look result = ANOTHER;
	memcpy(ip, a->ip, sizeof(ip));
	if (atomic_load_explicit(&c->ip[1], memory_order_acquire) == ip[1] &&
		atomic_load_explicit(&c->ip[0], memory_order_acquire) == ip[0]) {
		uint64_t used = atomic_load_explicit(&c->used, memory_order_acquire);
		unsigned count = used & 0xff;
		result = used & TABLE_MORE ? MORE : LAST;
		if (hit && used & TABLE_SINGLE) {
			add_domain(t, table_single(used), hit);
			count = 0;
		}
		for (unsigned i = 0; i < count && i < TABLE_SLOTS; i++) {
			uint64_t s = atomic_load_explicit(&c->slots[i], memory_order_acquire);
			if (hit) {
				add_domain(t, slot_domain(s), hit);
			} else if (slot_port(s) == a->port) {
				const struct table_whose *w = services->whose;
				found |= 1u << slot_transport(s);
				if (w && w->has(w->ctx, slot_domain(s)))
					own |= 1u << slot_transport(s);
			}
		}
	}
	/* the loads above are not moved behind this one: they acquire */
	if (atomic_load_explicit(&e->version, memory_order_relaxed) == version) {
		if (!hit) {
			services->all |= found;
			services->own |= own;
		}
		return result;
	}
	if (hit) {
		hit->count = before.count;
		hit->more = before.more;
	}
	return CHANGED;
}

static inline __attribute__((always_inline)) void find(const struct table *t,
	const struct addr *a, uint64_t hash, struct table_hit *hit, struct services *services)
{
	for (uint32_t n = 0; n < TABLE_PROBES; n++) {
		const struct table_entry *e = table_probe(t, hash, n);
		enum look look = CHANGED;
		/* only an entry that is written twice during one look is torn; it is read again */
		for (int tries = 0; tries < 64 && look == CHANGED; tries++) {
			uint64_t version = atomic_load_explicit(&e->version, memory_order_acquire);
			if (version == 0)
				return;
			look = read_entry(t, e, version, a, hit, services);
		}
		if (look == LAST)
			break;
	}
}

bool table_find(const struct table *t, const struct addr *a, struct table_hit *hit)
{
	hit->count = 0;
	hit->more = false;
	find(t, a, table_hash(t, a), hit, NULL);
	return hit->count > 0;
}

uint8_t table_services(const struct table *t, const struct addr *a)
{
	struct services s = {.whose = NULL};
	if (a->port)
		find(t, a, table_hash(t, a), NULL, &s);
	return (uint8_t)(s.all & ~(1u << TRANSPORT_NONE));
}

enum transport table_stream_transport(const struct table *t, enum transport by_port,
	const struct addr *a, const struct table_whose *whose)
{
	struct services s = {.whose = whose};
	if (a->port)
		find(t, a, table_hash(t, a), NULL, &s);
	unsigned services = (s.own & TABLE_STREAMS ? s.own : s.all) & TABLE_STREAMS;
	if (!services || services & 1u << by_port)
		return by_port;
	/* two that differ from the port's: the plain one */
	for (enum transport stream = TRANSPORT_TCP; stream <= TRANSPORT_WSS; stream++)
		if (services & 1u << stream)
			return stream;
	return by_port;
}

uint8_t table_state(const struct table *t, uint16_t number)
{
	if (number >= t->domain_max)
		return TABLE_UNKNOWN;
	return (uint8_t)atomic_load_explicit(&t->domains[number].state, memory_order_acquire);
}

static uint32_t domain_count(const struct table *t)
{
	uint32_t n = atomic_load_explicit(&t->head->domain_count, memory_order_acquire);
	return n < t->domain_max ? n : t->domain_max;
}

int table_domain_find(
	const struct table *t, const char *name, uint16_t port, bool wildcard, uint16_t *number)
{
	uint64_t hash = table_hash_name(t, name, strlen(name));
	for (uint32_t i = 0; i < domain_count(t); i++) {
		const struct table_domain *d = &t->domains[i];
		if (d->hash == hash && d->port == port && d->wildcard == wildcard &&
			strncmp(d->name, name, sizeof(d->name)) == 0) {
			*number = (uint16_t)i;
			return 0;
		}
	}
	return ENOENT;
}

int table_domain_describe(const struct table *t, uint16_t number, struct table_domain_info *info)
{
	if (number >= domain_count(t))
		return ENOENT;
	const struct table_domain *d = &t->domains[number];
	memset(info, 0, sizeof(*info));
	char port[8] = "";
	if (d->port)
		snprintf(port, sizeof(port), ":%u", d->port);
	snprintf(info->name, sizeof(info->name), "%s%.*s%s", d->wildcard ? "*." : "",
		(int)sizeof(d->name) - 1, d->name, port);
	info->state = table_state(t, number);
	info->refreshed = atomic_load_explicit(&d->refreshed, memory_order_relaxed);
	info->failures = atomic_load_explicit(&d->failures, memory_order_relaxed);
	info->places = atomic_load_explicit(&d->places, memory_order_relaxed);
	info->left_out = atomic_load_explicit(&d->left_out, memory_order_relaxed);
	return 0;
}

unsigned table_places(
	const struct table *t, uint16_t number, struct table_place *places, unsigned max)
{
	unsigned found = 0;
	for (uint32_t i = 0; i <= t->entry_mask; i++) {
		const struct table_entry *e = &t->entries[i];
		uint64_t version = atomic_load_explicit(&e->version, memory_order_acquire);
		const struct table_copy *c = &e->copies[version & 1];
		unsigned used = version ? atomic_load(&c->used) & 0xff : 0;
		for (unsigned k = 0; k < used && k < TABLE_SLOTS && found < max; k++) {
			uint64_t s = atomic_load(&c->slots[k]), ip[2];
			if (slot_domain(s) != number)
				continue;
			ip[0] = atomic_load(&c->ip[0]);
			ip[1] = atomic_load(&c->ip[1]);
			struct table_place *p = &places[found++];
			answer_address(&p->addr, AF_INET6, ip);
			p->addr.port = slot_port(s);
			p->transport = slot_transport(s);
			p->seen = atomic_load(&e->seen[k]);
		}
	}
	return found;
}

uint64_t table_hash_name(const struct table *t, const char *name, size_t n)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325) ^ t->seed; /* FNV-1a */
	for (size_t i = 0; i < n; i++)
		h = (h ^ (uint8_t)name[i]) * UINT64_C(0x100000001b3);
	return h ? h : 1;
}

bool table_domain_means(const struct table *t, const struct table_domain *d, const char *name)
{
	size_t n = strlen(name), own = strnlen(d->name, sizeof(d->name));
	if (!d->wildcard)
		return d->hash == table_hash_name(t, name, n) && n == own &&
		       memcmp(d->name, name, n) == 0;
	return n > own + 1 && name[n - own - 1] == '.' && memcmp(name + n - own, d->name, own) == 0;
}

bool table_interested(const struct table *t, const char *name)
{
	for (uint32_t i = 0; i < domain_count(t); i++)
		if (table_domain_means(t, &t->domains[i], name))
			return true;
	uint64_t hash = table_hash_name(t, name, strlen(name));
	for (uint32_t n = 0; n < TABLE_ALIAS_PROBES; n++) {
		const struct table_alias *a = table_alias_probe(t, hash, n);
		if (atomic_load_explicit(&a->hash, memory_order_relaxed) == hash)
			return true;
	}
	return false;
}

uint64_t table_count(const struct table *t, enum table_counter c)
{
	return atomic_load_explicit(&t->head->counters[c], memory_order_relaxed);
}

uint32_t table_addresses(const struct table *t)
{
	return atomic_load_explicit(&t->head->address_count, memory_order_relaxed);
}
