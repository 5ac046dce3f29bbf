/* SPDX-License-Identifier: MIT */
/* Reads the domains of a table, and all of its places. */
#include "table_domains.h"
#include "answer.h"
#include "table.h"
#include "table_layout.h"

#include <errno.h>
#include <stdio.h>

uint16_t table_domains(const struct table *t)
{
	uint32_t n = atomic_load_explicit(&t->head->domain_count, memory_order_acquire);
	return (uint16_t)(n < t->domain_max ? n : t->domain_max);
}

static bool is_used(const struct table_domain *d)
{
	return atomic_load_explicit(&d->used, memory_order_acquire);
}

uint16_t table_domains_used(const struct table *t)
{
	uint16_t used = 0;
	for (uint32_t i = 0; i < table_domains(t); i++)
		used += is_used(&t->domains[i]);
	return used;
}

int table_domain_find(
	const struct table *t, const char *name, uint16_t port, bool wildcard, uint16_t *number)
{
	uint64_t hash = table_hash_name(t, name, strlen(name));
	for (uint32_t i = 0; i < table_domains(t); i++) {
		const struct table_domain *d = &t->domains[i];
		if (is_used(d) && d->hash == hash && d->port == port && d->wildcard == wildcard &&
			strncmp(d->name, name, sizeof(d->name)) == 0) {
			*number = (uint16_t)i;
			return 0;
		}
	}
	return ENOENT;
}

int table_domain_describe(const struct table *t, uint16_t number, struct table_domain_info *info)
{
	if (number >= table_domains(t) || !is_used(&t->domains[number]))
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
	if (!is_used(d))
		return false;
	if (!d->wildcard)
		return d->hash == table_hash_name(t, name, n) && n == own &&
		       memcmp(d->name, name, n) == 0;
	return n > own + 1 && name[n - own - 1] == '.' && memcmp(name + n - own, d->name, own) == 0;
}

bool table_interested(const struct table *t, const char *name)
{
	for (uint32_t i = 0; i < table_domains(t); i++)
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
