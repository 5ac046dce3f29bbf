/* SPDX-License-Identifier: MIT */
/* The writers of the table: the resolver's thread and, in any process, hooks on the host's own
 * look-ups. One at a time, by the robust mutex. May be killed at any instruction: each entry holds
 * a whole copy at all times, the rest is put right by the next writer. */
#include "table_write.h"
#include "table.h"
#include "table_domains.h"
#include "table_hints.h"
#include "table_layout.h"
#include "table_slots.h"

#include <errno.h>
#include <time.h>

#define LOCK_NAPS 200 /* of a millisecond */

static void count(struct table *t, enum table_counter c)
{
	atomic_fetch_add_explicit(&t->head->counters[c], 1, memory_order_relaxed);
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
		slots_recount(t);
		table_hints_rebuild(t);
		table_changed(t);
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

/* Notes that a name leads to a domain; the oldest of its neighbours makes room. */
static void put_alias(struct table *t, const struct dns_name *n, uint16_t number, uint32_t now)
{
	uint64_t hash = table_hash_name(t, n->name, strlen(n->name));
	struct table_alias *into = NULL;
	for (uint32_t i = 0; i < TABLE_ALIAS_PROBES; i++) {
		struct table_alias *a = table_alias_probe(t, hash, i);
		uint64_t other = table_word(&a->hash);
		if (other == hash && a->domain == number && a->port == n->port &&
			a->transport == n->transport) {
			a->seen = now;
			return;
		}
		if (into == NULL || (table_word(&into->hash) && (other == 0 || a->seen < into->seen)))
			into = a;
	}
	if (table_word(&into->hash)) {
		if (into->seen == now) {
			count(t, TABLE_FULL_NAMES);
			return;
		}
		table_set_word(&into->hash, 0);
	}
	into->domain = number;
	into->port = n->port;
	into->transport = n->transport;
	into->seen = now;
	table_set_word(&into->hash, hash);
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
		atomic_store_explicit(&d->used, 1, memory_order_release);
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
		table_changed(t);
}

static bool known(const struct table *t, uint16_t number)
{
	return number < table_domains(t) &&
	       atomic_load_explicit(&t->domains[number].used, memory_order_acquire);
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
		if (slots_put(t, &places[i].addr, number, places[i].addr.port, places[i].transport,
			    now)) {
			count(t, TABLE_FULL_ADDRESSES);
			left_out++;
		}
	}
	for (unsigned i = 0; i < name_count; i++)
		put_alias(t, &names[i], number, now);
	if (extent == TABLE_WHOLE && now > keep)
		slots_drop(t, number, now - keep);
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
	slots_drop(t, number, since);
	set_state(t, &t->domains[number], TABLE_EMPTY);
	unlock(t);
	return 0;
}

static void forget(struct table *t, uint16_t number)
{
	set_state(t, &t->domains[number], TABLE_UNKNOWN);
	slots_drop(t, number, UINT32_MAX);
	for (uint32_t i = 0; i <= t->entry_mask; i++)
		if (table_word(&t->aliases[i].hash) && t->aliases[i].domain == number)
			table_set_word(&t->aliases[i].hash, 0);
}

int table_forget(struct table *t, uint16_t number)
{
	if (!known(t, number))
		return ENOENT;
	if (lock(t))
		return ETIMEDOUT;
	forget(t, number);
	unlock(t);
	return 0;
}

int table_free(struct table *t, uint16_t number)
{
	struct table_domain *d = &t->domains[number];
	if (!known(t, number))
		return ENOENT;
	if (lock(t))
		return ETIMEDOUT;
	forget(t, number);
	atomic_store_explicit(&d->refreshed, 0, memory_order_relaxed);
	atomic_store_explicit(&d->failures, 0, memory_order_relaxed);
	atomic_store_explicit(&d->left_out, 0, memory_order_relaxed);
	atomic_store_explicit(&d->used, 0, memory_order_release);
	unlock(t);
	return 0;
}

static unsigned learn(struct table *t, const struct addr *a, uint16_t number, uint16_t port,
	uint8_t transport, uint32_t now)
{
	if (slots_put(t, a, number, port, transport, now)) {
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
	for (uint16_t i = 0; i < table_domains(t); i++)
		if (table_domain_means(t, &t->domains[i], name))
			found += learn(t, a, i, t->domains[i].port, TRANSPORT_NONE, now);
	uint64_t hash = table_hash_name(t, name, strlen(name));
	for (uint32_t i = 0; i < TABLE_ALIAS_PROBES; i++) {
		const struct table_alias *n = table_alias_probe(t, hash, i);
		if (table_word(&n->hash) == hash && known(t, n->domain))
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
	for (uint16_t i = 0; i < table_domains(t); i++) {
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
