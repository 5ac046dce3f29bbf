/* SPDX-License-Identifier: MIT */
/* An entry is filled in beside the copy that holds. Called by table_write.c, under the lock. */
#include "table_slots.h"
#include "table_domains.h"
#include "table_hints.h"
#include "table_layout.h"

#include <errno.h>

#define ROOM_AGE 65536 /* seconds */

/* An entry's content, private. */
struct content {
	uint64_t ip[2];
	uint64_t used; /* without TABLE_MORE */
	bool more;
	uint64_t slots[TABLE_SLOTS];
	uint32_t seen[TABLE_SLOTS];
};

static void add(_Atomic uint32_t *p, int n)
{
	atomic_store_explicit(p, atomic_load_explicit(p, memory_order_relaxed) + (uint32_t)n,
		memory_order_relaxed);
}

static void load(const struct table_entry *e, struct content *c)
{
	const struct table_copy *p = &e->copies[table_word(&e->version) & 1];
	uint64_t used = table_word(&p->used);
	c->ip[0] = table_word(&p->ip[0]);
	c->ip[1] = table_word(&p->ip[1]);
	c->more = used & TABLE_MORE;
	c->used = (used & 0xff) < TABLE_SLOTS ? used & 0xff : TABLE_SLOTS;
	for (unsigned i = 0; i < c->used; i++) {
		c->slots[i] = table_word(&p->slots[i]);
		c->seen[i] = atomic_load_explicit(&e->seen[i], memory_order_relaxed);
	}
}

static uint64_t single_domain(const struct content *c)
{
	for (unsigned i = 1; i < c->used; i++)
		if (slot_domain(c->slots[i]) != slot_domain(c->slots[0]))
			return 0;
	return c->used ? TABLE_SINGLE | (uint64_t)slot_domain(c->slots[0]) << 16 : 0;
}

static void store(struct table *t, struct table_entry *e, const struct content *c)
{
	uint64_t version = table_word(&e->version) + 1;
	struct table_copy *p = &e->copies[version & 1];
	table_set_word(&p->ip[0], c->ip[0]);
	table_set_word(&p->ip[1], c->ip[1]);
	table_set_word(&p->used, c->used | (c->more ? TABLE_MORE : 0) | single_domain(c));
	for (unsigned i = 0; i < c->used; i++) {
		table_set_word(&p->slots[i], c->slots[i]);
		atomic_store_explicit(&e->seen[i], c->seen[i], memory_order_relaxed);
	}
	table_set_word(&e->version, version);
	table_changed(t);
}

static struct table_domain *domain_of(struct table *t, uint64_t slot)
{
	uint16_t n = slot_domain(slot);
	return n < t->domain_max ? &t->domains[n] : NULL;
}

void slots_recount(struct table *t)
{
	uint32_t entries = 0;
	for (uint32_t i = 0; i < t->domain_max; i++)
		atomic_store_explicit(&t->domains[i].places, 0, memory_order_relaxed);
	for (uint32_t i = 0; i <= t->entry_mask; i++) {
		struct content c;
		load(&t->entries[i], &c);
		entries += c.used > 0;
		for (unsigned k = 0; k < c.used; k++)
			if (domain_of(t, c.slots[k]))
				add(&domain_of(t, c.slots[k])->places, 1);
	}
	atomic_store_explicit(&t->head->address_count, entries, memory_order_relaxed);
}

void slots_drop(struct table *t, uint16_t number, uint32_t since)
{
	bool any = false;
	for (uint32_t i = 0; i <= t->entry_mask; i++) {
		struct content c;
		struct table_entry *e = &t->entries[i];
		if (table_word(&e->version) == 0)
			continue;
		load(e, &c);
		unsigned kept = 0;
		for (unsigned k = 0; k < c.used; k++) {
			if (slot_domain(c.slots[k]) == number && c.seen[k] < since)
				continue;
			c.slots[kept] = c.slots[k];
			c.seen[kept++] = c.seen[k];
		}
		if (kept == c.used)
			continue;
		any = true;
		table_hint_unset(t, c.ip);
		add(&t->domains[number].places, (int)kept - (int)c.used);
		c.used = kept;
		if (kept == 0) {
			c.ip[0] = c.ip[1] = 0;
			c.more = false;
			add(&t->head->address_count, -1);
		}
		store(t, e, &c);
	}
	if (any) {
		table_hints_rebuild(t);
		table_changed(t);
	}
}

/* What a search for one address comes across. */
struct search {
	struct table_entry *room; /* of the address, with a free slot */
	struct table_entry *free;
	bool full; /* some entry of the address is full */
};

/* Whether the slot was there; marks it as seen. */
static bool refresh_slot(struct table *t, const uint64_t ip[2], uint64_t hash, uint64_t slot,
	uint32_t now, struct search *s)
{
	for (uint32_t n = 0; n < TABLE_PROBES; n++) {
		struct table_entry *e = table_probe(t, hash, n);
		struct content c;
		load(e, &c);
		if (c.used == 0 && s->free == NULL)
			s->free = e;
		if (table_word(&e->version) == 0)
			break;
		if (c.used == 0 || c.ip[0] != ip[0] || c.ip[1] != ip[1])
			continue;
		for (unsigned k = 0; k < c.used; k++) {
			if (c.slots[k] == slot) {
				atomic_store_explicit(&e->seen[k], now, memory_order_relaxed);
				return true;
			}
		}
		if (c.used < TABLE_SLOTS)
			s->room = e;
		else
			s->full = true;
	}
	return false;
}

/* The address gets one more entry: readers of the others are told to go on. */
static void mark_more(struct table *t, const uint64_t ip[2], uint64_t hash)
{
	for (uint32_t n = 0; n < TABLE_PROBES; n++) {
		struct table_entry *e = table_probe(t, hash, n);
		struct content c;
		load(e, &c);
		if (c.used == 0 || c.ip[0] != ip[0] || c.ip[1] != ip[1] || c.more)
			continue;
		c.more = true;
		store(t, e, &c);
	}
}

static uint32_t places_of(const struct table_domain *d)
{
	return atomic_load_explicit(&d->places, memory_order_relaxed);
}

/* A server that names ever new addresses, or a wildcard with thousands of hosts: of the one domain
 * the places seen last stay. */
static void make_room(struct table *t, uint16_t number, uint32_t now)
{
	for (uint32_t age = ROOM_AGE; places_of(&t->domains[number]) >= TABLE_PLACES_MAX;
		age /= 2) {
		if (now > age)
			slots_drop(t, number, now - age);
		if (age == 0)
			return;
	}
}

int slots_put(struct table *t, const struct addr *a, uint16_t number, uint16_t port,
	uint8_t transport, uint32_t now)
{
	uint64_t ip[2], hash = table_hash(t, a), slot = table_slot(number, port, transport);
	struct search s = {0};
	struct table_domain *d = &t->domains[number];
	memcpy(ip, a->ip, sizeof(ip));
	if (refresh_slot(t, ip, hash, slot, now, &s))
		return 0;
	if (places_of(d) >= TABLE_PLACES_MAX) {
		make_room(t, number, now);
		if (places_of(d) >= TABLE_PLACES_MAX)
			return ENOSPC;
		s = (struct search){0};
		refresh_slot(t, ip, hash, slot, now, &s);
	}
	struct content c = {.ip = {ip[0], ip[1]}};
	struct table_entry *e = s.room;
	if (e) {
		load(e, &c);
	} else {
		e = s.free;
		if (e == NULL || table_addresses(t) > t->entry_mask / 2)
			return ENOSPC;
		c.more = s.full;
		if (s.full)
			mark_more(t, ip, hash);
		add(&t->head->address_count, 1);
	}
	c.slots[c.used] = slot;
	c.seen[c.used++] = now;
	table_hint_set(t, ip, number);
	store(t, e, &c);
	add(&d->places, 1);
	return 0;
}
