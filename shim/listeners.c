/* SPDX-License-Identifier: MIT */
/* Keeps the host's listeners. Called by fds.c when one is bound or its last descriptor goes, read
 * by decide.c on every send. Slots are claimed by compare-and-swap; a reader that meets a slot
 * in change sees it as absent. */
#include "listeners.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "fds.h"

enum { LISTENER_FREE, LISTENER_FILLING, LISTENER_LIVE };

#define LOCAL_MAX 128 /* addresses of this machine that a wildcard listener answers to */

struct listener listeners[LISTENERS_MAX];
_Atomic uint64_t listeners_filter;

static _Atomic unsigned used;  /* slots ever taken: bounds every loop */
static _Atomic uint32_t order; /* of binding, across reused slots */
static const struct config *config;
static _Atomic uint16_t *carrier; /* per member: listener number + 1 */
static struct addr local[LOCAL_MAX];
static size_t local_count;

void listeners_init(const struct config *c)
{
	struct ifaddrs *list, *i;

	config = c;
	carrier = c->member_count ? calloc(c->member_count, sizeof(*carrier)) : NULL;
	if (getifaddrs(&list) != 0)
		return;
	for (i = list; i && local_count < LOCAL_MAX; i = i->ifa_next) {
		if (i->ifa_addr && addr_from_sockaddr(&local[local_count], i->ifa_addr,
			sizeof(struct sockaddr_in6)) == 0)
			local_count++;
	}
	freeifaddrs(list);
}

static bool live(const struct listener *l)
{
	return atomic_load_explicit(&l->state, memory_order_acquire) == LISTENER_LIVE;
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

static void rebuild_filter(void)
{
	unsigned i, n = atomic_load(&used);
	uint64_t filter = 0;

	for (i = 0; i < n; i++) {
		if (live(&listeners[i]))
			filter |= listeners[i].any
				? UINT64_MAX
				: UINT64_C(1) << listeners_hash(&listeners[i].addr);
	}
	atomic_store(&listeners_filter, filter);
}

int listeners_add(int fd, const struct addr *addr, bool datagram, bool v6only, bool seen)
{
	unsigned i;
	uint32_t m;

	if (!config)
		return -1;
	for (i = 0; i < LISTENERS_MAX; i++) {
		int expected = LISTENER_FREE;
		if (atomic_compare_exchange_strong(
			    &listeners[i].state, &expected, LISTENER_FILLING))
			break;
	}
	if (i == LISTENERS_MAX)
		return -1;
	struct listener *l = &listeners[i];
	l->addr = *addr;
	l->any = addr_is_any(addr);
	l->dual = l->any && addr->family == AF_INET6 && !v6only;
	l->seen = seen;
	l->transport = datagram ? TRANSPORT_UDP : stream_transport(addr);
	l->order = atomic_fetch_add(&order, 1);
	atomic_store(&l->fd, fd);
	atomic_store_explicit(&l->state, LISTENER_LIVE, memory_order_release);
	unsigned n = atomic_load(&used);
	while (n <= i && !atomic_compare_exchange_weak(&used, &n, i + 1))
		;
	for (m = 0; m < config->member_count; m++) {
		if (carries(l, &config->members[m]))
			adopt(m);
	}
	rebuild_filter();
	return (int)i;
}

void listeners_fd_gone(int n, int fd)
{
	struct listener *l = &listeners[n];
	uint32_t m;
	int other = fds_find_listener(n, fd);

	if (other < 0)
		atomic_store(&l->state, LISTENER_FILLING); /* no reader takes it any more */
	int expected = fd;
	atomic_compare_exchange_strong(&l->fd, &expected, other);
	if (other >= 0)
		return;
	for (m = 0; m < config->member_count; m++) {
		if (atomic_load(&carrier[m]) == n + 1)
			adopt(m);
	}
	atomic_store(&l->state, LISTENER_FREE);
	rebuild_filter();
}

const struct listener *listeners_of_member(uint32_t m)
{
	unsigned n = atomic_load_explicit(&carrier[m], memory_order_acquire);

	return n ? &listeners[n - 1] : NULL;
}

static const struct listener *first_where(enum transport t, uint16_t family, const struct addr *at)
{
	const struct listener *best = NULL;
	unsigned i, n = atomic_load(&used);

	for (i = 0; i < n; i++) {
		const struct listener *l = &listeners[i];
		if (!live(l) || l->transport != t)
			continue;
		if (at ? !addr_same_host(&l->addr, at) || (at->port && at->port != l->addr.port)
		       : l->any || l->addr.family != family)
			continue;
		if (!best || l->order < best->order)
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

static bool is_local(const struct addr *a)
{
	size_t i;

	if (addr_scope(a) == ADDR_LOOPBACK)
		return true;
	for (i = 0; i < local_count; i++) {
		if (addr_same_host(&local[i], a))
			return true;
	}
	return false;
}

bool listeners_own_slow(const struct addr *dst, bool datagram)
{
	unsigned i, n = atomic_load(&used);

	for (i = 0; i < n; i++) {
		const struct listener *l = &listeners[i];
		if (!live(l) || l->addr.port != dst->port ||
			datagram != (l->transport == TRANSPORT_UDP) || !covers(l, dst))
			continue;
		if (!l->any || is_local(dst))
			return true;
	}
	return false;
}
