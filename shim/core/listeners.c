/* SPDX-License-Identifier: MIT */
/* Keeps the host's listeners. Called by fds.c when one is bound or its last descriptor goes, read
 * by decide.c on every send. Slots are claimed by compare-and-swap; a reader that meets a slot
 * in change sees it as absent. */
#include "listeners.h"

#include <stdlib.h>

#include "preload/sockets/note.h"
#include "names.h"
#include "preload/trace/notices.h"
#include "hears.h"

/* A closed one stays known: this process let go of it, but the host's other processes may hold it,
 * and its name is still the one that the host writes. */
enum { LISTENER_FREE, LISTENER_FILLING, LISTENER_LIVE, LISTENER_CLOSED };

struct listener listeners[LISTENERS_MAX];

static _Atomic unsigned used;  /* slots ever taken: bounds every loop */
static _Atomic uint32_t order; /* of binding, across reused slots */
static const struct config *config;
static _Atomic uint16_t *carrier; /* per member: listener number + 1 */

void listeners_init(const struct config *c)
{
	config = c;
	carrier = c->member_count ? calloc(c->member_count, sizeof(*carrier)) : NULL;
}

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

	return l->seen && datagram == (m->transport == TRANSPORT_UDP) &&
		l->addr.port == m->addr.port && covers(l, &m->addr);
}

/* A specific socket is preferred to a wildcard one: the kernel delivers to it. */
static void adopt(uint32_t m)
{
	unsigned i, n = atomic_load(&used), found = 0;

	for (i = 0; i < n; i++) {
		const struct listener *l = &listeners[i];
		if (!live(l) || !carries(l, &config->members[m]))
			continue;
		if (!found || (listeners[found - 1].any && !l->any))
			found = i + 1;
	}
	atomic_store_explicit(&carrier[m], (uint16_t)found, memory_order_release);
}

static uint8_t stream_transport(const struct addr *a)
{
	size_t i;

	for (i = 0; i < config->member_count; i++) {
		const struct member *m = &config->members[i];
		if (m->transport != TRANSPORT_UDP && m->addr.port == a->port &&
			(addr_same_host(&m->addr, a) || addr_is_any(a)))
			return m->transport;
	}
	for (i = TRANSPORT_TLS; i <= TRANSPORT_WSS; i++) {
		if (transport_default_port((enum transport)i) == a->port)
			return (uint8_t)i;
	}
	return TRANSPORT_TCP;
}

static bool take(unsigned i, int expected)
{
	return atomic_compare_exchange_strong(&listeners[i].state, &expected, LISTENER_FILLING);
}

/* A slot for a listener: the one it had before it was closed, a free one, or another's that is
 * closed. -1: all are live. */
static int take_slot(const struct addr *addr, bool datagram)
{
	unsigned i, n = atomic_load(&used);

	for (i = 0; i < n; i++) {
		if (addr_equal(&listeners[i].addr, addr) &&
			datagram == (listeners[i].transport == TRANSPORT_UDP) &&
			take(i, LISTENER_CLOSED))
			return (int)i;
	}
	for (i = 0; i < LISTENERS_MAX; i++) {
		if (take(i, LISTENER_FREE)) {
			listeners[i].order = atomic_fetch_add(&order, 1);
			return (int)i;
		}
	}
	for (i = 0; i < LISTENERS_MAX; i++) {
		if (take(i, LISTENER_CLOSED)) {
			listeners[i].order = atomic_fetch_add(&order, 1);
			return (int)i;
		}
	}
	return -1;
}

int listeners_add(int fd, const struct addr *addr, bool datagram, bool v6only, bool seen)
{
	int i = config ? take_slot(addr, datagram) : -1;

	if (i < 0) {
		if (config)
			notices_full(NOTICE_LISTENERS);
		return -1;
	}
	struct listener *l = &listeners[i];
	l->addr = *addr;
	l->any = addr_is_any(addr);
	l->dual = l->any && addr->family == AF_INET6 && !v6only;
	l->seen = seen;
	l->transport = datagram ? TRANSPORT_UDP : stream_transport(addr);
	atomic_store(&l->fd, fd);
	atomic_store_explicit(&l->state, LISTENER_LIVE, memory_order_release);
	unsigned n = atomic_load(&used);
	while (n <= (unsigned)i && !atomic_compare_exchange_weak(&used, &n, (unsigned)i + 1))
		;
	for (uint32_t m = 0; m < config->member_count; m++) {
		if (carries(l, &config->members[m]))
			adopt(m);
	}
	names_changed();
	return i;
}

void listeners_fd_gone(int n, int fd)
{
	struct listener *l = &listeners[n];
	uint32_t m;
	int other = fds_find_listener(n, fd);

	if (other < 0)
		atomic_store(&l->state, LISTENER_CLOSED);
	int expected = fd;
	atomic_compare_exchange_strong(&l->fd, &expected, other);
	if (other >= 0)
		return;
	for (m = 0; m < config->member_count; m++) {
		if (atomic_load(&carrier[m]) == n + 1)
			adopt(m);
	}
}

const struct listener *listeners_of_member(uint32_t m)
{
	unsigned n = atomic_load_explicit(&carrier[m], memory_order_acquire);

	return n ? &listeners[n - 1] : NULL;
}

/* The first in the host's order, a closed one only where no live one will do. */
static const struct listener *first_where(enum transport t, uint16_t family, const struct addr *at)
{
	const struct listener *best = NULL;
	unsigned i, n = atomic_load(&used);

	for (i = 0; i < n; i++) {
		const struct listener *l = &listeners[i];
		if (!known(l) || l->transport != t)
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

const struct listener *listeners_first(enum transport t, uint16_t family)
{
	return first_where(t, family, NULL);
}

const struct listener *listeners_at(enum transport t, const struct addr *addr)
{
	return first_where(t, 0, addr);
}

const struct listener *listeners_hearing(enum transport t, const struct addr *addr)
{
	const struct listener *l = listeners_at(t, addr);

	for (unsigned i = 0; !l && i < listeners_count(); i++) {
		const struct listener *any = &listeners[i];
		if (known(any) && any->any && any->transport == t && any->addr.port == addr->port &&
			(any->dual || any->addr.family == addr->family))
			l = any;
	}
	return l;
}

unsigned listeners_count(void)
{
	return atomic_load(&used);
}

bool listeners_is_known(unsigned i)
{
	return known(&listeners[i]);
}

bool listeners_own_stream(const struct addr *dst)
{
	unsigned i, n = atomic_load(&used);

	for (i = 0; i < n; i++) {
		const struct listener *l = &listeners[i];
		if (known(l) && l->transport != TRANSPORT_UDP && l->addr.port == dst->port &&
			covers(l, dst) && (!l->any || hears_is_local(dst)))
			return true;
	}
	return false;
}

bool listeners_hear(uint32_t m)
{
	const struct member *member = &config->members[m];
	unsigned i, n = atomic_load(&used);

	for (i = 0; i < n; i++) {
		const struct listener *l = &listeners[i];
		if (known(l) && l->addr.port == member->addr.port && covers(l, &member->addr) &&
			(l->transport == TRANSPORT_UDP) == (member->transport == TRANSPORT_UDP))
			return true;
	}
	return false;
}

bool listeners_needs_arrivals(int n)
{
	const struct listener *l = &listeners[n];

	for (size_t i = 0; l->any && i < config->member_count; i++) {
		if (carries(l, &config->members[i]))
			return true;
	}
	return false;
}

bool listeners_speak_tcp(const struct addr *a)
{
	size_t i, j;

	if (!config)
		return false;
	for (i = 0; i < config->member_count; i++) {
		const struct member *m = &config->members[i];
		if (m->transport != TRANSPORT_UDP && addr_equal(&m->addr, a))
			return m->transport == TRANSPORT_TCP;
	}
	for (i = 0; i < config->route_count; i++) {
		for (j = 0; j < config->routes[i].socket_count; j++) {
			const struct socket_name *s = &config->routes[i].sockets[j];
			if (s->transport != TRANSPORT_UDP && addr_equal(&s->addr, a))
				return s->transport == TRANSPORT_TCP;
		}
	}
	for (i = TRANSPORT_TLS; i <= TRANSPORT_WSS; i++) {
		if (transport_default_port((enum transport)i) == a->port)
			return false;
	}
	for (i = 0; i < config->sip_port_count; i++) {
		if (config->sip_ports[i] == a->port)
			return true;
	}
	return false;
}

bool listeners_is_sip_port(uint16_t port)
{
	size_t i, j;

	if (!config)
		return false;
	for (i = 0; i < config->sip_port_count; i++) {
		if (config->sip_ports[i] == port)
			return true;
	}
	for (i = 0; i < config->member_count; i++) {
		if (config->members[i].addr.port == port)
			return true;
	}
	for (i = 0; i < config->route_count; i++) {
		for (j = 0; j < config->routes[i].socket_count; j++) {
			if (config->routes[i].sockets[j].addr.port == port)
				return true;
		}
	}
	return false;
}
