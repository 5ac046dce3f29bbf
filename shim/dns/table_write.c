/* SPDX-License-Identifier: MIT */
/* The writers of the table: the resolver's thread and, in any process, hooks on the host's own
 * look-ups. One at a time, by the robust mutex. May be killed at any instruction: each entry holds
 * a whole copy at all times, the rest is put right by the next writer. */
#include "table_layout.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#define ROOM_AGE 65536 /* seconds */
#define LOCK_NAPS 200  /* of a millisecond */

/* An entry's content, private. */
struct content {
	uint64_t ip[2];
	uint64_t used; /* without TABLE_MORE */
	bool more;
	uint64_t slots[TABLE_SLOTS];
	uint32_t seen[TABLE_SLOTS];
};

static uint64_t get(const _Atomic uint64_t *p)
{
	return atomic_load_explicit(p, memory_order_relaxed);
}

static void put(_Atomic uint64_t *p, uint64_t v)
{
	atomic_store_explicit(p, v, memory_order_release);
}

static void add(_Atomic uint32_t *p, int n)
{
	atomic_store_explicit(p, atomic_load_explicit(p, memory_order_relaxed) + (uint32_t)n,
		memory_order_relaxed);
}

static void count(struct table *t, enum table_counter c)
{
	atomic_fetch_add_explicit(&t->head->counters[c], 1, memory_order_relaxed);
}

static void load(const struct table_entry *e, struct content *c)
{
	const struct table_copy *p = &e->copies[get(&e->version) & 1];
	uint64_t used = get(&p->used);
	c->ip[0] = get(&p->ip[0]);
	c->ip[1] = get(&p->ip[1]);
	c->more = used & TABLE_MORE;
	c->used = (used & 0xff) < TABLE_SLOTS ? used & 0xff : TABLE_SLOTS;
	for (unsigned i = 0; i < c->used; i++) {
		c->slots[i] = get(&p->slots[i]);
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

static void changed(struct table *t)
{
	atomic_fetch_add_explicit(t->generation, 1, memory_order_release);
}

static void store(struct table *t, struct table_entry *e, const struct content *c)
{
	uint64_t version = get(&e->version) + 1;
	struct table_copy *p = &e->copies[version & 1];
	put(&p->ip[0], c->ip[0]);
	put(&p->ip[1], c->ip[1]);
	put(&p->used, c->used | (c->more ? TABLE_MORE : 0) | single_domain(c));
	for (unsigned i = 0; i < c->used; i++) {
		put(&p->slots[i], c->slots[i]);
		atomic_store_explicit(&e->seen[i], c->seen[i], memory_order_relaxed);
	}
	put(&e->version, version);
	changed(t);
}

static struct table_domain *domain_of(struct table *t, uint64_t slot)
{
	uint16_t n = slot_domain(slot);
	return n < t->domain_max ? &t->domains[n] : NULL;
}

static void recount(struct table *t)
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

/* Whoever holds the lock is done in microseconds, or stopped, or this very thread (then this is a
 * signal handler): it is tried for a while and not waited for. */
static int lock(struct table *t)
{
	static const struct timespec nap = {.tv_nsec = 1000000};
	int e = pthread_mutex_trylock(&t->head->lock);
	for (int i = 0; e == EBUSY && i < LOCK_NAPS; i++) {
		nanosleep(&nap, NULL);
		e = pthread_mutex_trylock(&t->head->lock);
	}
	if (e == EOWNERDEAD) {
		recount(t);
		table_hints_rebuild(t);
		changed(t);
		count(t, TABLE_REPAIRED);
		e = pthread_mutex_consistent(&t->head->lock);
	}
	if (e)
		count(t, TABLE_LOCKED);
	return e ? ETIMEDOUT : 0;
}

static void unlock(struct table *t)
{
	pthread_mutex_unlock(&t->head->lock);
}

/* Takes away slots of a domain that were not seen since `since`. */
static void drop(struct table *t, uint16_t number, uint32_t since)
{
	bool any = false;
	for (uint32_t i = 0; i <= t->entry_mask; i++) {
		struct content c;
		struct table_entry *e = &t->entries[i];
		if (get(&e->version) == 0)
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
		changed(t);
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
		if (get(&e->version) == 0)
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
			drop(t, number, now - age);
		if (age == 0)
			return;
	}
}

static int put_slot(struct table *t, const struct addr *a, uint16_t number, uint16_t port,
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

/* Notes that a name leads to a domain; the oldest of its neighbours makes room. */
static void put_alias(struct table *t, const struct dns_name *n, uint16_t number, uint32_t now)
{
	uint64_t hash = table_hash_name(t, n->name, strlen(n->name));
	struct table_alias *into = NULL;
	for (uint32_t i = 0; i < TABLE_ALIAS_PROBES; i++) {
		struct table_alias *a = table_alias_probe(t, hash, i);
		uint64_t other = get(&a->hash);
		if (other == hash && a->domain == number && a->port == n->port &&
			a->transport == n->transport) {
			a->seen = now;
			return;
		}
		if (into == NULL || (get(&into->hash) && (other == 0 || a->seen < into->seen)))
			into = a;
	}
	if (get(&into->hash)) {
		if (into->seen == now) {
			count(t, TABLE_FULL_NAMES);
			return;
		}
		put(&into->hash, 0);
	}
	into->domain = number;
	into->port = n->port;
	into->transport = n->transport;
	into->seen = now;
	put(&into->hash, hash);
}

int table_domain_add(
	struct table *t, const char *name, uint16_t port, bool wildcard, uint16_t *number)
{
	size_t n = strlen(name);
	if (n >= sizeof(t->domains->name))
		return EINVAL;
	if (lock(t))
		return ETIMEDOUT;
	int e = table_domain_find(t, name, port, wildcard, number);
	uint32_t i = atomic_load_explicit(&t->head->domain_count, memory_order_relaxed);
	if (e && i < t->domain_max) {
		struct table_domain *d = &t->domains[i];
		memcpy(d->name, name, n + 1);
		d->hash = table_hash_name(t, name, n);
		d->port = port;
		d->wildcard = wildcard;
		atomic_store_explicit(&t->head->domain_count, i + 1, memory_order_release);
		*number = (uint16_t)i;
		e = 0;
	} else if (e) {
		count(t, TABLE_FULL_DOMAINS);
		e = ENOSPC;
	}
	unlock(t);
	return e;
}

static void set_state(struct table *t, struct table_domain *d, enum table_state s)
{
	if (atomic_exchange(&d->state, s) != s)
		changed(t);
}

static bool known(const struct table *t, uint16_t number)
{
	return number < t->domain_max &&
	       number < atomic_load_explicit(&t->head->domain_count, memory_order_acquire);
}

/* One whole answer makes the addresses known; parts that come later only add to it. */
static enum table_state state_after(uint8_t before, enum table_extent extent, uint32_t left_out)
{
	if (extent == TABLE_CUT || left_out)
		return TABLE_FULL;
	return extent == TABLE_WHOLE || before == TABLE_ANSWERED ? TABLE_ANSWERED : TABLE_PARTIAL;
}

int table_put(struct table *t, uint16_t number, const struct dns_place *places, unsigned n,
	const struct dns_name *names, unsigned name_count, enum table_extent extent, uint32_t keep,
	uint32_t now)
{
	uint32_t left_out = 0;
	if (!known(t, number))
		return ENOENT;
	if (lock(t))
		return ETIMEDOUT;
	struct table_domain *d = &t->domains[number];
	for (unsigned i = 0; i < n; i++) {
		if (put_slot(t, &places[i].addr, number, places[i].addr.port, places[i].transport,
			    now)) {
			count(t, TABLE_FULL_ADDRESSES);
			left_out++;
		}
	}
	for (unsigned i = 0; i < name_count; i++)
		put_alias(t, &names[i], number, now);
	if (extent == TABLE_WHOLE && now > keep)
		drop(t, number, now - keep);
	if (!d->wildcard) {
		/* the state last: whoever sees "answered" finds the addresses */
		atomic_store_explicit(&d->refreshed, now, memory_order_relaxed);
		atomic_store_explicit(&d->failures, 0, memory_order_relaxed);
		atomic_store_explicit(&d->left_out, left_out, memory_order_relaxed);
		set_state(t, d, state_after(table_state(t, number), extent, left_out));
	}
	unlock(t);
	return left_out ? ENOSPC : 0;
}

void table_failed(struct table *t, uint16_t number)
{
	if (known(t, number))
		atomic_fetch_add_explicit(&t->domains[number].failures, 1, memory_order_relaxed);
}

int table_clear(struct table *t, uint16_t number, uint32_t since)
{
	if (!known(t, number))
		return ENOENT;
	if (lock(t))
		return ETIMEDOUT;
	drop(t, number, since);
	set_state(t, &t->domains[number], TABLE_EMPTY);
	unlock(t);
	return 0;
}

int table_forget(struct table *t, uint16_t number)
{
	if (!known(t, number))
		return ENOENT;
	if (lock(t))
		return ETIMEDOUT;
	set_state(t, &t->domains[number], TABLE_UNKNOWN);
	drop(t, number, UINT32_MAX);
	for (uint32_t i = 0; i <= t->entry_mask; i++)
		if (get(&t->aliases[i].hash) && t->aliases[i].domain == number)
			put(&t->aliases[i].hash, 0);
	unlock(t);
	return 0;
}

static unsigned learn(struct table *t, const struct addr *a, uint16_t number, uint16_t port,
	uint8_t transport, uint32_t now)
{
	if (put_slot(t, a, number, port, transport, now)) {
		count(t, TABLE_FULL_ADDRESSES);
		/* until the next refresh finds room for all that it has */
		if (!t->domains[number].wildcard && !table_state_waits(table_state(t, number)))
			set_state(t, &t->domains[number], TABLE_FULL);
		return 0;
	}
	count(t, TABLE_LEARNT);
	return 1;
}

unsigned table_learn_address(struct table *t, const char *name, const struct addr *a, uint32_t now)
{
	unsigned found = 0;
	if (!table_interested(t, name) || lock(t))
		return 0;
	for (uint16_t i = 0; known(t, i); i++)
		if (table_domain_means(t, &t->domains[i], name))
			found += learn(t, a, i, t->domains[i].port, TRANSPORT_NONE, now);
	uint64_t hash = table_hash_name(t, name, strlen(name));
	for (uint32_t i = 0; i < TABLE_ALIAS_PROBES; i++) {
		const struct table_alias *n = table_alias_probe(t, hash, i);
		if (get(&n->hash) == hash && known(t, n->domain))
			found += learn(t, a, n->domain, n->port, n->transport, now);
	}
	unlock(t);
	return found;
}

unsigned table_learn_name(struct table *t, const char *name, const struct dns_name *n, uint32_t now)
{
	unsigned found = 0;
	if (!table_interested(t, name) || lock(t))
		return 0;
	for (uint16_t i = 0; known(t, i); i++) {
		/* an explicit port takes no SRV (RFC 3263 4.2) */
		if (t->domains[i].port == 0 && table_domain_means(t, &t->domains[i], name)) {
			put_alias(t, n, i, now);
			found++;
		}
	}
	uint64_t hash = table_hash_name(t, name, strlen(name));
	for (uint32_t i = 0; i < TABLE_ALIAS_PROBES; i++) {
		struct table_alias a = *table_alias_probe(t, hash, i);
		struct dns_name own = *n;
		if (a.hash != hash || a.port != 0 || !known(t, a.domain))
			continue;
		if (own.transport == TRANSPORT_NONE)
			own.transport = a.transport;
		put_alias(t, &own, a.domain, now);
		found++;
	}
	unlock(t);
	return found;
}
