/* SPDX-License-Identifier: MIT */
/* Keeps the host's listeners: written when one is bound or its last descriptor goes, read on every
 * decision. Slots are claimed by compare-and-swap; a reader that meets a slot in change sees it as
 * absent. */
#include "listeners.h"

/* A closed one stays known: this process let go of it, but the host's other processes may hold it,
 * and its name is still the one that the host writes. */
enum { LISTENER_FREE, LISTENER_FILLING, LISTENER_LIVE, LISTENER_CLOSED };

static bool live(const struct listener *l)
{
	return atomic_load_explicit(&l->state, memory_order_acquire) == LISTENER_LIVE;
}

static bool known(const struct listener *l)
{
	int state = atomic_load_explicit(&l->state, memory_order_acquire);

	return state == LISTENER_LIVE || state == LISTENER_CLOSED;
}

/* Whether the listener takes traffic to that address, ports aside. */
static bool covers(const struct listener *l, const struct addr *a)
{
	if (!l->any)
		return addr_same_host(&l->addr, a);
	return l->addr.family == a->family || (l->dual && a->family == AF_INET);
}

static bool carries(const struct listener *l, const struct member *m)
{
	bool datagram = l->transport == TRANSPORT_UDP;

	return l->seen && datagram == (m->transport == TRANSPORT_UDP) && l->addr.port == m->addr.port &&
		(covers(l, &m->addr) || (opened_hears(l->opened) && opened_fits(&l->addr, datagram, m)));
}

/* Whether the kernel gives it what others take as well: it is bound to that address alone. */
static bool prevails(const struct listener *l, const struct addr *a)
{
	return !l->any && addr_same_host(&l->addr, a);
}

/* A specific socket is preferred to a wildcard one: the kernel delivers to it. */
static void adopt(const struct listeners *ls, const struct rules *r, uint32_t m)
{
	unsigned i, n = atomic_load(&ls->used), found = 0;

	for (i = 0; i < n; i++) {
		const struct listener *l = &ls->slots[i];
		if (!live(l) || !carries(l, &r->config.members[m]))
			continue;
		const struct addr *at = &r->config.members[m].addr;
		if (!found || (prevails(l, at) && !prevails(&ls->slots[found - 1], at)))
			found = i + 1;
	}
	atomic_store_explicit(&r->carriers[m], (uint16_t)found, memory_order_release);
}

void listeners_adopt(const struct listeners *ls, const struct rules *r)
{
	for (uint32_t m = 0; m < rules_members(r); m++)
		adopt(ls, r, m);
}

static bool take(struct listeners *ls, unsigned i, int expected)
{
	return atomic_compare_exchange_strong(&ls->slots[i].state, &expected, LISTENER_FILLING);
}

/* A slot for a listener: the one it had before it was closed, a free one, or another's that is
 * closed. -1: all are live. */
static int take_slot(struct listeners *ls, const struct addr *addr, bool datagram)
{
	unsigned i, n = atomic_load(&ls->used);

	for (i = 0; i < n; i++) {
		if (addr_equal(&ls->slots[i].addr, addr) &&
			datagram == (ls->slots[i].transport == TRANSPORT_UDP) &&
			take(ls, i, LISTENER_CLOSED))
			return (int)i;
	}
	for (i = 0; i < LISTENERS_MAX; i++) {
		if (take(ls, i, LISTENER_FREE)) {
			ls->slots[i].order = atomic_fetch_add(&ls->order, 1);
			return (int)i;
		}
	}
	for (i = 0; i < LISTENERS_MAX; i++) {
		if (take(ls, i, LISTENER_CLOSED)) {
			ls->slots[i].order = atomic_fetch_add(&ls->order, 1);
			return (int)i;
		}
	}
	return -1;
}

int listeners_add(struct listeners *ls, const struct rules *r, const struct listener_of *of)
{
	int i = take_slot(ls, of->addr, of->datagram);

	if (i < 0)
		return -1;
	struct listener *l = &ls->slots[i];
	l->addr = *of->addr;
	l->any = addr_is_any(of->addr);
	l->dual = l->any && of->addr->family == AF_INET6 && !of->v6only;
	l->seen = of->seen;
	l->opened = (uint8_t)of->opened;
	l->transport = of->datagram ? TRANSPORT_UDP : (uint8_t)rules_listener_transport(r, of->addr);
	atomic_store(&l->fd, of->fd);
	atomic_store_explicit(&l->state, LISTENER_LIVE, memory_order_release);
	unsigned n = atomic_load(&ls->used);
	while (n <= (unsigned)i && !atomic_compare_exchange_weak(&ls->used, &n, (unsigned)i + 1))
		;
	for (uint32_t m = 0; m < rules_members(r); m++) {
		if (carries(l, &r->config.members[m]))
			adopt(ls, r, m);
	}
	return i;
}

void listeners_fd_gone(struct listeners *ls, const struct rules *r, const struct sockets *s, int n, int fd)
{
	struct listener *l = &ls->slots[n];
	int other = sockets_of_listener(s, n, fd);

	if (other < 0)
		atomic_store(&l->state, LISTENER_CLOSED);
	int expected = fd;
	atomic_compare_exchange_strong(&l->fd, &expected, other);
	if (other >= 0)
		return;
	for (uint32_t m = 0; m < rules_members(r); m++) {
		if (atomic_load(&r->carriers[m]) == n + 1)
			adopt(ls, r, m);
	}
}

/* The first in the host's order, a closed one only where no live one will do. */
static const struct listener *first_where(
	const struct listeners *ls, enum transport t, uint16_t family, const struct addr *at)
{
	const struct listener *best = NULL;
	unsigned i, n = atomic_load(&ls->used);

	for (i = 0; i < n; i++) {
		const struct listener *l = &ls->slots[i];
		if (!known(l) || l->transport != t || (!at && l->opened == OPENED_SOURCE))
			continue;
		if (at ? !addr_same_host(&l->addr, at) || (at->port && at->port != l->addr.port)
		       : l->any || l->addr.family != family)
			continue;
		if (!best || live(l) > live(best) ||
			(live(l) == live(best) && l->order < best->order))
			best = l;
	}
	return best;
}

const struct listener *listeners_first(const struct listeners *ls, enum transport t, uint16_t family)
{
	return first_where(ls, t, family, NULL);
}

const struct listener *listeners_at(const struct listeners *ls, enum transport t, const struct addr *addr)
{
	return first_where(ls, t, 0, addr);
}

const struct listener *listeners_hearing(
	const struct listeners *ls, enum transport t, const struct addr *addr)
{
	const struct listener *l = listeners_at(ls, t, addr);

	for (unsigned i = 0; !l && i < listeners_count(ls); i++) {
		const struct listener *any = &ls->slots[i];
		if (known(any) && (any->any || opened_hears(any->opened)) && any->transport == t &&
			any->addr.port == addr->port && (any->dual || any->addr.family == addr->family))
			l = any;
	}
	return l;
}

unsigned listeners_count(const struct listeners *ls)
{
	return atomic_load(&ls->used);
}

bool listeners_is_known(const struct listeners *ls, unsigned i)
{
	return known(&ls->slots[i]);
}

bool listeners_own_stream(const struct listeners *ls, const struct rules *r, const struct hears *h,
	const struct addr *dst)
{
	unsigned i, n = atomic_load(&ls->used);

	for (i = 0; i < n; i++) {
		const struct listener *l = &ls->slots[i];
		if (!known(l) || l->transport == TRANSPORT_UDP)
			continue;
		if (l->opened == OPENED_LOOKUP && opened_leads_from(r, &l->addr, l->transport, dst))
			return true;
		if (l->addr.port != dst->port)
			continue;
		if (covers(l, dst) ? !l->any || hears_is_local(h, dst)
				   : opened_hears(l->opened) && opened_at(r, &l->addr, false, dst))
			return true;
	}
	return false;
}

bool listeners_hear(const struct listeners *ls, const struct member *m)
{
	unsigned i, n = atomic_load(&ls->used);

	for (i = 0; i < n; i++) {
		const struct listener *l = &ls->slots[i];
		bool datagram = l->transport == TRANSPORT_UDP;
		if (known(l) && l->addr.port == m->addr.port && datagram == (m->transport == TRANSPORT_UDP) &&
			(covers(l, &m->addr) || (opened_hears(l->opened) && opened_fits(&l->addr, datagram, m))))
			return true;
	}
	return false;
}

enum opened listeners_opening(const struct listeners *ls, const struct member *m)
{
	for (unsigned i = 0, n = atomic_load(&ls->used); i < n; i++) {
		const struct listener *l = &ls->slots[i];
		if (known(l) && opened_hears(l->opened) && opened_fits(&l->addr, l->transport == TRANSPORT_UDP, m))
			return (enum opened)l->opened;
	}
	return OPENED_NOT;
}

const struct listener *listeners_leading(
	const struct listeners *ls, const struct rules *r, const struct member *m, bool here)
{
	const struct listener *best = NULL;

	for (unsigned i = 0, n = atomic_load(&ls->used); i < n; i++) {
		const struct listener *l = &ls->slots[i];
		if (!(here ? live(l) : known(l)) || l->opened != OPENED_LOOKUP || !opened_leads(r, &l->addr, l->transport, m))
			continue;
		bool same = l->addr.port == m->addr.port, had = best && best->addr.port == m->addr.port;
		if (!best || same > had || (same == had && l->order < best->order))
			best = l;
	}
	return best;
}

const struct listener *listeners_led(const struct listeners *ls, const struct rules *r, const struct addr *to)
{
	for (uint32_t i = 0; r->opens && i < r->config.member_count; i++) {
		const struct member *m = &r->config.members[i];
		const struct listener *l = m->transport != TRANSPORT_UDP && addr_equal(&m->addr, to)
			? listeners_leading(ls, r, m, false) : NULL;
		if (l)
			return l;
	}
	return NULL;
}

void listeners_open(struct listeners *ls, const struct rules *r, int n, enum opened how)
{
	ls->slots[n].opened = (uint8_t)how;
	ls->slots[n].seen = true;
	listeners_adopt(ls, r);
}

bool listeners_needs_arrivals(const struct listeners *ls, const struct rules *r, int n)
{
	const struct listener *l = &ls->slots[n];

	for (size_t i = 0; l->any && i < r->config.member_count; i++) {
		if (carries(l, &r->config.members[i]))
			return true;
	}
	return false;
}
