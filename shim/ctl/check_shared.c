/* SPDX-License-Identifier: MIT */
/* A datagram goes by the name in its text; a connection takes the first route of
 * the file with a domain that has the address. */
#include "check_shared.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dns/table.h"
#include "config/select.h"

/* What one domain has at one address: held[begin .. end). */
struct run {
	size_t begin, end;
};

/* Two domains that were told of. */
struct pair {
	uint32_t first, second;
	bool service; /* of what they name, not of their bonds */
};

struct pairs {
	struct pair *items;
	size_t count, size;
};

static __attribute__((format(printf, 3, 4))) void warn(
	struct shared *s, const struct target *t, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	s->warn(s->ctx, t, format, args);
	va_end(args);
}

int shared_add(struct shared *s, uint32_t target, const struct rfc3263 *l)
{
	if (s->count + l->entry_count > s->size) {
		size_t size = s->size * 2 + l->entry_count;
		struct held *more = realloc(s->held, size * sizeof(*more));
		if (more == NULL)
			return ENOMEM;
		s->held = more;
		s->size = size;
	}
	for (unsigned i = 0; i < l->entry_count; i++)
		s->held[s->count++] =
			(struct held){l->entries[i].addr, l->entries[i].transport, target};
	return 0;
}

void shared_free(struct shared *s)
{
	free(s->held);
	s->held = NULL;
	s->count = s->size = 0;
}

static int by_address(const void *a, const void *b)
{
	const struct held *x = a, *y = b;
	int d = memcmp(x->addr.ip, y->addr.ip, sizeof(x->addr.ip));
	if (d == 0)
		d = (x->target > y->target) - (x->target < y->target);
	return d ? d : (int)x->addr.port - (int)y->addr.port;
}

static const struct target *target_of(const struct shared *s, struct run r)
{
	return &s->config->targets[s->held[r.begin].target];
}

static const struct route *route_of(const struct shared *s, struct run r)
{
	return &s->config->routes[target_of(s, r)->route];
}

static struct run run_at(const struct shared *s, size_t begin)
{
	struct run r = {begin, begin + 1};
	while (r.end < s->count && s->held[r.end].target == s->held[begin].target &&
		addr_same_host(&s->held[r.end].addr, &s->held[begin].addr))
		r.end++;
	return r;
}

static unsigned services_at(const struct shared *s, struct run r, uint16_t port)
{
	unsigned services = 0;
	for (size_t i = r.begin; i < r.end; i++)
		if (s->held[i].addr.port == port)
			services |= 1u << s->held[i].transport & TABLE_STREAMS;
	return services;
}

/* What a connection to that place speaks, if it takes that route for a domain that names these
 * services there. */
static enum transport spoken(const struct route *r, unsigned services, const struct addr *a)
{
	if (r->transport != TRANSPORT_NONE || services == 0)
		return select_stream_transport(r, a);
	if ((a->port == 5061 || a->port == 443) && services & 1u << TRANSPORT_TLS)
		return TRANSPORT_TLS;
	return (enum transport)__builtin_ctz(services);
}

static bool takes_connections(const struct route *r)
{
	return r->transport == TRANSPORT_NONE ||
	       !transport_is_datagram((enum transport)r->transport);
}

/* Whether something may meet the conditions of both: no word on what is told apart by them. */
static bool may_meet(const struct route *a, const struct route *b)
{
	bool from = a->from_count == 0 || b->from_count == 0;
	bool socket = a->socket_count == 0 || b->socket_count == 0;
	for (size_t i = 0; i < a->from_count && !from; i++)
		for (size_t k = 0; k < b->from_count && !from; k++)
			from = a->from[i] == b->from[k];
	for (size_t i = 0; i < a->socket_count && !socket; i++)
		for (size_t k = 0; k < b->socket_count && !socket; k++)
			socket = a->sockets[i].transport == b->sockets[k].transport &&
				 addr_equal(&a->sockets[i].addr, &b->sockets[k].addr);
	return from && socket;
}

/* Whether route x, which stands first, takes connections that are meant for y. */
static bool takes_from(const struct shared *s, struct run x, struct run y)
{
	const struct target *a = target_of(s, x), *b = target_of(s, y);
	if (a->route == b->route || strcmp(a->domain, b->domain) == 0 ||
		!takes_connections(route_of(s, x)) || !takes_connections(route_of(s, y)) ||
		!may_meet(route_of(s, x), route_of(s, y)))
		return false;
	for (size_t i = y.begin; i < y.end; i++)
		if (a->port == 0 || a->port == s->held[i].addr.port)
			return true;
	return false;
}

/* Whether the pair is new: domains often share several addresses. */
static bool note(struct pairs *p, struct pair pair, int *error)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->items[i].first == pair.first && p->items[i].second == pair.second &&
			p->items[i].service == pair.service)
			return false;
	if (p->count == p->size) {
		size_t size = p->size ? p->size * 2 : 16;
		struct pair *more = realloc(p->items, size * sizeof(*more));
		if (more == NULL) {
			*error = ENOMEM;
			return false;
		}
		p->items = more;
		p->size = size;
	}
	p->items[p->count++] = pair;
	return true;
}

/* A domain that names two services for one place. */
static void check_own(struct shared *s, struct run r)
{
	const struct route *route = route_of(s, r);
	char address[ADDR_TEXT_MAX];
	if (route->transport != TRANSPORT_NONE)
		return;
	for (size_t i = r.begin; i < r.end; i++) {
		const struct addr *a = &s->held[i].addr;
		unsigned services = services_at(s, r, a->port);
		if ((i > r.begin && s->held[i - 1].addr.port == a->port) ||
			(services & (services - 1)) == 0)
			continue;
		enum transport taken = spoken(route, services, a);
		unsigned others = services & ~(1u << taken);
		addr_print(a, address);
		warn(s, target_of(s, r),
			"%s: DNS names %s and %s for %s, and connections there are taken for %s: "
			"route %s should say which with `transport`",
			target_of(s, r)->domain, transport_names[taken],
			transport_names[__builtin_ctz(others)], address, transport_names[taken],
			route->name);
	}
}

static void check_services(
	struct shared *s, struct run x, struct run y, struct pairs *told, int *error)
{
	const struct target *a = target_of(s, x), *b = target_of(s, y);
	char address[ADDR_TEXT_MAX];
	for (size_t i = y.begin; i < y.end; i++) {
		const struct held *h = &s->held[i];
		unsigned wanted = services_at(s, y, h->addr.port);
		enum transport taken =
			spoken(route_of(s, x), services_at(s, x, h->addr.port), &h->addr);
		if (route_of(s, y)->transport != TRANSPORT_NONE)
			wanted &= 1u << route_of(s, y)->transport;
		if ((a->port && a->port != h->addr.port) || !(wanted & 1u << h->transport) ||
			wanted & 1u << taken ||
			!note(told, (struct pair){h[0].target, s->held[x.begin].target, true},
				error))
			continue;
		addr_print(&h->addr, address);
		warn(s, b,
			"%s: DNS names %s for %s, but connections there take route %s, which stands "
			"first (%s has the address too), and are taken for %s: put a route with "
			"`to = %s` and `transport = %s` before it",
			b->domain, transport_names[h->transport], address, route_of(s, x)->name,
			a->domain, transport_names[taken], address, transport_names[h->transport]);
	}
}

/* y, with the runs of its address from `first` on. */
static void check_run(
	struct shared *s, size_t first, struct run y, struct pairs *told, int *error)
{
	char address[ADDR_TEXT_MAX];
	struct run x = {first, first};
	check_own(s, y);
	for (x = run_at(s, first); x.begin < y.begin; x = run_at(s, x.end)) {
		const struct target *a = target_of(s, x), *b = target_of(s, y);
		if (!takes_from(s, x, y))
			continue;
		if (route_of(s, x)->bond != route_of(s, y)->bond &&
			note(told,
				(struct pair){s->held[y.begin].target, s->held[x.begin].target, false},
				error)) {
			addr_print_host(&s->held[y.begin].addr, address);
			warn(s, b,
				"%s and %s share the address %s, but their bonds differ: "
				"connections there take route %s, which stands first",
				a->domain, b->domain, address, route_of(s, x)->name);
		}
		check_services(s, x, y, told, error);
		return; /* the first one takes it from all others */
	}
}

int shared_check(struct shared *s)
{
	struct pairs told = {.count = 0};
	size_t first = 0;
	int error = 0;
	if (s->count)
		qsort(s->held, s->count, sizeof(*s->held), by_address);
	for (size_t i = 0; i < s->count && !error;) {
		struct run r = run_at(s, i);
		if (!addr_same_host(&s->held[first].addr, &s->held[i].addr))
			first = i;
		check_run(s, first, r, &told, &error);
		i = r.end;
	}
	free(told.items);
	return error;
}
