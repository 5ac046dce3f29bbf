/* SPDX-License-Identifier: MIT */
/* Counts the host's own addresses, as sockets start or end listening. */
#include "hears.h"

#include <netinet/in.h>

#include "opened.h"

/* Returns what it was. One that is full stays so: what it says then is looked up among the descriptors, or
 * decided anew, for ever, and no wrap says that there are none. */
static uint16_t add(_Atomic uint16_t *count, int by)
{
	uint16_t is = atomic_load(count);

	while (is != UINT16_MAX && !atomic_compare_exchange_weak(count, &is, (uint16_t)(is + by)))
		;
	return is;
}

/* by: 1, or -1. True: the list has such an address now, and had none. */
static bool count_in_list(const struct rules *r, const struct addr *a, int by)
{
	uint32_t n = match_list4(r->match, a->ip + 12) / LIST_STEP;

	return a->family == AF_INET && n < HEARS_LISTS_MAX &&
		add(&r->in_lists[n], by) == 0;
}

static bool count_in_lists(const struct hears *h, const struct rules *r, const struct addr *a, int by)
{
	bool changed = false;

	if (!addr_is_any(a))
		return count_in_list(r, a, by);
	for (size_t i = 0; i < h->local_count; i++)
		changed |= count_in_list(r, &h->local[i], by);
	return changed;
}

static bool count(struct hears *h, const struct rules *r, const struct addr *a, int by)
{
	add(&h->counts[hears_hash(hears_low(a), a->port)], by);
	bool changed = count_in_lists(h, r, a, by);
	if (addr_is_any(a))
		changed |= atomic_fetch_add(&h->wildcards, (uint32_t)by) == 0;
	return changed;
}

bool hears_add(struct hears *h, const struct rules *r, const struct addr *a)
{
	return count(h, r, a, 1);
}

void hears_remove(struct hears *h, const struct rules *r, const struct addr *a)
{
	count(h, r, a, -1);
}

/* Opened members are as many as the rules have: that there are some at that port is counted, and each of
 * them in the lists. */
static bool count_opened(struct hears *h, const struct rules *r, const struct addr *a, int by)
{
	bool changed = false;

	if (h)
		add(&h->counts[hears_hash(0, a->port)], by);
	for (size_t i = 0; r->opens && i < r->config.member_count; i++) {
		const struct member *m = &r->config.members[i];
		if (opened_fits(a, true, m) && !addr_same_host(&m->addr, a))
			changed |= count_in_list(r, &m->addr, by);
	}
	return changed;
}

bool hears_add_opened(struct hears *h, const struct rules *r, const struct addr *a)
{
	return count_opened(h, r, a, 1);
}

void hears_remove_opened(struct hears *h, const struct rules *r, const struct addr *a)
{
	count_opened(h, r, a, -1);
}

void hears_recount(const struct hears *h, const struct rules *r, const struct sockets *s)
{
	const uint32_t kind = FD_LISTENER | FD_UDP;

	for (int fd = 0, end = sockets_end(s); fd < end; fd++) {
		uint32_t bits = sockets_bits(s, fd);
		if ((bits & kind) == kind)
			count_in_lists(h, r, &s->records[fd].local, 1);
		if (sockets_is_opened(bits) && (bits & FD_UDP))
			count_opened(NULL, r, &s->records[fd].local, 1);
	}
}

bool hears_in_list(const struct rules *r, uint32_t list)
{
	return list / LIST_STEP >= HEARS_LISTS_MAX || atomic_load(&r->in_lists[list / LIST_STEP]);
}

bool hears_everything(const struct hears *h)
{
	return atomic_load(&h->wildcards);
}

void hears_take(struct hears *h, const struct locals *l)
{
	uint32_t end = atomic_load_explicit(&l->count, memory_order_acquire);

	end = end < HEARS_LOCAL_MAX ? end : HEARS_LOCAL_MAX;
	for (uint32_t i = (uint32_t)h->local_count; i < end; i++) {
		h->local[i] = l->addrs[i];
		h->local_count = i + 1;
	}
	for (uint32_t i = 0; i < end; i++)
		atomic_store(&h->gone[i], atomic_load(&l->gone[i]));
}

bool hears_is_local(const struct hears *h, const struct addr *a)
{
	if (addr_scope(a) == ADDR_LOOPBACK)
		return true;
	for (size_t i = 0; i < h->local_count; i++) {
		if (addr_same_host(&h->local[i], a) && !atomic_load_explicit(&h->gone[i], memory_order_relaxed))
			return true;
	}
	return false;
}

bool hears_at_slow(const struct hears *h, const struct sockets *s, const struct rules *r, const struct addr *dst)
{
	const uint32_t kind = FD_LISTENER | FD_UDP;

	for (int fd = 0, end = sockets_end(s); fd < end; fd++) {
		const struct addr *a = &s->records[fd].local;
		uint32_t bits = sockets_bits(s, fd);
		if ((bits & kind) != kind || a->port != dst->port)
			continue;
		if (addr_same_host(a, dst) || (sockets_is_opened(bits) && opened_at(r, a, true, dst)))
			return true;
		/* [::] takes IPv4 too where it is dual-stack; 0.0.0.0 takes nothing else */
		if (addr_is_any(a) && (a->family == dst->family || a->family == AF_INET6) &&
			hears_is_local(h, dst))
			return true;
	}
	return false;
}
