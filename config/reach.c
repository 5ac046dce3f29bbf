/* SPDX-License-Identifier: MIT */
/* Warnings about what the file says in vain: bonds that nothing uses, destinations given twice,
 * routes behind an earlier route that takes everything they could get. Part of the load; it stays
 * fast with a million destinations. */
#include "build.h"

#include <stdlib.h>

#define TWICE_SHOWN 20
#define GROUP_COMPARED 64 /* so many targets of one destination */
#define CATCH_ALLS 256 /* so many earlier routes to anywhere are compared */

/* What one sorted pass over the targets finds out. */
struct pass {
	struct build *b;
	const struct config *c;
	uint32_t *order;
	size_t count;
	uint32_t *covered; /* per route, targets that an earlier route takes */
	uint16_t *by;      /* per route, the route that took the last one */
	bool *several;     /* per route, not always the same */
	uint32_t *total;
	size_t twice;
	uint32_t *passed; /* per route, targets whose datagrams no route takes */
	uint32_t *first_passed;
};

static bool sockets_within(const struct route *narrow, const struct route *wide)
{
	for (size_t i = 0; i < narrow->socket_count; i++) {
		bool found = false;
		for (size_t k = 0; k < wide->socket_count && !found; k++)
			found = narrow->sockets[i].transport == wide->sockets[k].transport &&
				addr_equal(&narrow->sockets[i].addr, &wide->sockets[k].addr);
		if (!found)
			return false;
	}
	return narrow->socket_count > 0;
}

static bool from_within(const struct route *narrow, const struct route *wide)
{
	for (size_t i = 0; i < narrow->from_count; i++) {
		bool found = false;
		for (size_t k = 0; k < wide->from_count && !found; k++)
			found = narrow->from[i] == wide->from[k];
		if (!found)
			return false;
	}
	return narrow->from_count > 0;
}

/* `transport` tells datagrams from connections; which kind of connection it is no condition. */
static bool transport_within(const struct route *narrow, const struct route *wide)
{
	return wide->transport == TRANSPORT_NONE ||
	       (narrow->transport != TRANSPORT_NONE &&
		       transport_is_datagram((enum transport)narrow->transport) ==
			       transport_is_datagram((enum transport)wide->transport));
}

/* Whether all that meets the conditions of late, `to` left aside, meets those of early. */
static bool wider(const struct config *c, uint16_t early, uint16_t late)
{
	const struct route *e = &c->routes[early], *l = &c->routes[late];
	return early < late && transport_within(l, e) &&
	       (e->socket_count == 0 || sockets_within(l, e)) &&
	       (e->from_count == 0 || from_within(l, e));
}

static int compare_targets(const void *a, const void *b, void *arg)
{
	const struct config *c = arg;
	uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
	const struct target *x = &c->targets[i], *y = &c->targets[k];
	int order = (int)x->kind - (int)y->kind;
	if (!order && x->kind == TARGET_PREFIX) {
		order = (int)x->prefix.addr.family - (int)y->prefix.addr.family;
		if (!order)
			order = memcmp(
				x->prefix.addr.ip, y->prefix.addr.ip, sizeof(x->prefix.addr.ip));
		if (!order)
			order = (int)x->prefix.bits - (int)y->prefix.bits;
	} else if (!order) {
		order = strcmp(x->domain, y->domain);
	}
	if (!order)
		order = (int)x->route - (int)y->route;
	if (!order)
		order = (int)x->port - (int)y->port;
	return order ? order : i < k ? -1 : i > k;
}

static bool same_destination(const struct target *x, const struct target *y)
{
	if (x->kind != y->kind)
		return false;
	if (x->kind != TARGET_PREFIX)
		return strcmp(x->domain, y->domain) == 0;
	return x->prefix.bits == y->prefix.bits &&
	       addr_same_host(&x->prefix.addr, &y->prefix.addr) &&
	       x->prefix.addr.family == y->prefix.addr.family;
}

static void warn_twice(struct pass *p, uint32_t first, uint32_t again)
{
	const struct target *t = &p->c->targets[again];
	if (p->twice++ < TWICE_SHOWN)
		build_say(p->b, FINDING_WARNING, t->place, 1,
			"this destination stands in line %u of the same route already",
			p->c->targets[first].place.line);
	if (p->twice == TWICE_SHOWN + 1)
		build_say(p->b, FINDING_WARNING, (struct place){0}, 0,
			"more destinations are given twice: only the first %d are shown",
			TWICE_SHOWN);
}

static bool takes(const struct pass *p, const struct target *early, const struct target *late)
{
	return wider(p->c, early->route, late->route) &&
	       (early->port == 0 || early->port == late->port) &&
	       (early->prefix.addr.scope == 0 ||
		       early->prefix.addr.scope == late->prefix.addr.scope);
}

static void cover(struct pass *p, const struct target *early, const struct target *late)
{
	uint16_t r = late->route;
	if (p->covered[r]++ && p->by[r] != early->route)
		p->several[r] = true;
	p->by[r] = early->route;
}

static const struct target *at(const struct pass *p, size_t i)
{
	return &p->c->targets[p->order[i]];
}

/* The end of the group of equal destinations that begins at i. */
static size_t group_end(const struct pass *p, size_t i)
{
	size_t end = i + 1;
	while (end < p->count && same_destination(at(p, i), at(p, end)))
		end++;
	return end;
}

static bool takes_datagrams(const struct route *r)
{
	return r->transport == TRANSPORT_NONE || r->transport == TRANSPORT_UDP;
}

/* Whether datagrams to t match a route of the group. */
static bool group_takes_datagrams(
	const struct pass *p, size_t begin, size_t end, const struct target *t)
{
	if (end - begin > GROUP_COMPARED)
		end = begin + GROUP_COMPARED;
	for (size_t e = begin; e < end; e++) {
		const struct target *other = at(p, e);
		if (takes_datagrams(&p->c->routes[other->route]) &&
			(other->port == 0 || other->port == t->port))
			return true;
	}
	return false;
}

static void note_passed(struct pass *p, uint32_t number)
{
	uint16_t r = p->c->targets[number].route;
	if (p->passed[r]++ == 0 || number < p->first_passed[r])
		p->first_passed[r] = number;
}

/* Prefixes, sorted, nest: the stack holds the groups that contain the current one. */
static size_t check_prefixes(struct pass *p)
{
	struct {
		size_t begin, end;
	} stack[130];
	size_t depth = 0, i = 0;
	while (i < p->count && at(p, i)->kind == TARGET_PREFIX) {
		size_t end = group_end(p, i);
		const struct prefix *prefix = &at(p, i)->prefix;
		while (depth &&
			!prefix_contains(&at(p, stack[depth - 1].begin)->prefix, &prefix->addr))
			depth--;
		stack[depth].begin = i;
		stack[depth++].end = end;
		for (size_t k = i; k < end; k++) {
			bool found = false;
			for (size_t d = depth; d-- > 0 && !found;) {
				/* Groups are in route order: the first ones are the earliest. */
				for (size_t e = stack[d].begin; e < stack[d].end && !found; e++) {
					if (at(p, e)->route >= at(p, k)->route)
						break;
					found = takes(p, at(p, e), at(p, k));
					if (found)
						cover(p, at(p, e), at(p, k));
				}
			}
			found = takes_datagrams(&p->c->routes[at(p, k)->route]);
			for (size_t d = depth; d-- > 0 && !found;)
				found = group_takes_datagrams(
					p, stack[d].begin, stack[d].end, at(p, k));
			if (!found)
				note_passed(p, p->order[k]);
		}
		i = end;
	}
	return i;
}

/* The group of that wildcard, or false. Wildcards are the last part of the order. */
static bool find_wildcard(const struct pass *p, size_t first, const char *name, size_t *begin)
{
	size_t low = first, high = p->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(at(p, middle)->domain, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*begin = low;
	return low < p->count && strcmp(at(p, low)->domain, name) == 0;
}

static bool group_takes(struct pass *p, size_t begin, const struct target *t)
{
	size_t end = group_end(p, begin);
	for (size_t e = begin; e < end && at(p, e)->route < t->route; e++)
		if (takes(p, at(p, e), t)) {
			cover(p, at(p, e), t);
			return true;
		}
	return false;
}

/* The first of the groups of 0.0.0.0/0 or ::/0, if that prefix is there. */
static bool find_whole(const struct pass *p, uint16_t family, size_t *begin)
{
	for (size_t i = 0; i < p->count && at(p, i)->kind == TARGET_PREFIX; i = group_end(p, i)) {
		const struct prefix *prefix = &at(p, i)->prefix;
		if (prefix->addr.family != family)
			continue;
		*begin = i;
		return prefix->bits == (family == AF_INET ? 96 : 0);
	}
	return false;
}

/* A name has addresses of both families: only both prefixes together take all of it. */
static bool whole_takes(struct pass *p, const size_t begin[2], const struct target *t)
{
	const struct target *takers[2] = {NULL};
	for (int i = 0; i < 2; i++) {
		size_t end = group_end(p, begin[i]);
		for (size_t e = begin[i]; e < end && at(p, e)->route < t->route && !takers[i]; e++)
			if (takes(p, at(p, e), t))
				takers[i] = at(p, e);
		if (!takers[i])
			return false;
	}
	cover(p, takers[1], t);
	if (takers[0]->route != takers[1]->route)
		p->several[t->route] = true;
	return true;
}

/* A domain is taken by the same domain, by whole address families, and, where it is a wildcard, by a
 * wider one. A wildcard takes no domain: it knows but texts and what the host itself has looked up,
 * and a domain has its addresses of DNS. */
static void check_domains(struct pass *p, size_t first)
{
	size_t wildcards = first, begin = first, whole[2];
	bool has_whole = find_whole(p, AF_INET, &whole[0]) && find_whole(p, AF_INET6, &whole[1]);
	while (wildcards < p->count && at(p, wildcards)->kind == TARGET_DOMAIN)
		wildcards++;
	for (size_t i = first; i < p->count; i++) {
		const struct target *t = at(p, i);
		if (i > first && !same_destination(at(p, i - 1), t))
			begin = i;
		bool taken = (has_whole && whole_takes(p, whole, t)) || group_takes(p, begin, t);
		bool datagrams = takes_datagrams(&p->c->routes[t->route]) ||
				 group_takes_datagrams(p, begin, group_end(p, begin), t) ||
				 (has_whole &&
					 group_takes_datagrams(
						 p, whole[0], group_end(p, whole[0]), t) &&
					 group_takes_datagrams(
						 p, whole[1], group_end(p, whole[1]), t));
		const char *dot = strchr(t->domain, '.');
		for (; dot && !(taken && datagrams); dot = strchr(dot + 1, '.')) {
			size_t wild;
			if (!find_wildcard(p, wildcards, dot + 1, &wild))
				continue;
			taken = taken || (t->kind == TARGET_WILDCARD && group_takes(p, wild, t));
			datagrams = datagrams ||
				    group_takes_datagrams(p, wild, group_end(p, wild), t);
		}
		if (!datagrams)
			note_passed(p, p->order[i]);
	}
}

static void say_unreachable(struct build *b, uint16_t route, uint16_t by, bool several)
{
	const struct config *c = b->c;
	const struct route *r = &c->routes[route], *e = &c->routes[by];
	size_t length = strlen(r->name) + strlen("route:");
	if (several)
		build_say(b, FINDING_WARNING, r->place, length,
			"no traffic can reach route \"%s\": "
			"earlier routes take all its destinations",
			r->name);
	else if (e->has_to || !r->has_to)
		build_say(b, FINDING_WARNING, r->place, length,
			"no traffic can reach route \"%s\": "
			"route \"%s\" in line %u takes all of it first",
			r->name, e->name, e->place.line);
	else
		build_say(b, FINDING_WARNING, r->place, length,
			"no traffic can reach route \"%s\", "
			"but connections to ports outside `sip-ports`: route \"%s\" in line %u "
			"takes all "
			"else first",
			r->name, e->name, e->place.line);
}

/* The first earlier route to anywhere that takes all of r, or MODEL_NONE. */
static uint16_t catch_all(const struct config *c, uint16_t r, const uint16_t *anywhere, size_t n)
{
	for (size_t i = 0; i < n && anywhere[i] < r; i++)
		if (wider(c, anywhere[i], r))
			return anywhere[i];
	return MODEL_NONE;
}

static void warn_unreachable(struct pass *p)
{
	const struct config *c = p->c;
	uint16_t anywhere[CATCH_ALLS];
	size_t n = 0;
	for (size_t r = 0; r < c->route_count && n < CATCH_ALLS; r++)
		if (!c->routes[r].has_to)
			anywhere[n++] = (uint16_t)r;
	for (uint16_t r = 0; r < c->route_count; r++) {
		uint16_t by = catch_all(c, r, anywhere, n);
		if (by != MODEL_NONE)
			say_unreachable(p->b, r, by, false);
		else if (p->total[r] && p->covered[r] == p->total[r])
			say_unreachable(p->b, r, p->by[r], p->several[r]);
	}
}

static bool has_datagram_members(const struct config *c, uint16_t bond)
{
	const struct bond *b = &c->bonds[bond];
	for (uint32_t i = 0; i < b->member_count; i++)
		if (transport_is_datagram(
			    (enum transport)c->members[b->first_member + i].transport))
			return true;
	return false;
}

/* `transport = tls` says what connections speak; it also makes the route one for connections only. */
static void warn_passed(struct pass *p)
{
	const struct config *c = p->c;
	for (size_t r = 0; r < c->route_count; r++)
		if (!c->routes[r].has_to && takes_datagrams(&c->routes[r]))
			return;
	for (size_t r = 0; r < c->route_count; r++) {
		const struct route *route = &c->routes[r];
		if (!p->passed[r] || route->bond == ROUTE_BOND_NONE ||
			!has_datagram_members(c, route->bond))
			continue;
		const struct target *t = &c->targets[p->first_passed[r]];
		char text[ADDR_TEXT_MAX + 4], more[40] = "";
		if (t->kind == TARGET_PREFIX) {
			size_t n = addr_print_host(&t->prefix.addr, text);
			bool v4 = t->prefix.addr.family == AF_INET;
			if (t->prefix.bits < 128)
				snprintf(text + n, sizeof(text) - n, "/%d",
					v4 ? t->prefix.bits - 96 : t->prefix.bits);
		}
		if (p->passed[r] > 1)
			snprintf(more, sizeof(more), " (and %u more)", p->passed[r] - 1);
		build_say(p->b, FINDING_WARNING, t->place, 1,
			"datagrams to %s%s%s match no route, as `transport = %s` makes this one a "
			"route for connections: add a second route for them without `transport`",
			t->kind == TARGET_WILDCARD ? "*." : "",
			t->kind == TARGET_PREFIX ? text : t->domain, more,
			transport_names[route->transport]);
	}
}

static void check_routes(struct build *b)
{
	const struct config *c = b->c;
	struct pass p = {.b = b, .c = c, .count = c->target_count};
	size_t routes = c->route_count + 1;
	p.order = malloc((c->target_count + 1) * sizeof(*p.order));
	p.covered = calloc(routes, sizeof(*p.covered));
	p.total = calloc(routes, sizeof(*p.total));
	p.by = calloc(routes, sizeof(*p.by));
	p.several = calloc(routes, sizeof(*p.several));
	p.passed = calloc(routes, sizeof(*p.passed));
	p.first_passed = calloc(routes, sizeof(*p.first_passed));
	if (!p.order || !p.covered || !p.total || !p.by || !p.several || !p.passed ||
		!p.first_passed) {
		b->no_memory = true;
		goto out;
	}
	for (size_t i = 0; i < p.count; i++) {
		p.order[i] = (uint32_t)i;
		p.total[c->targets[i].route]++;
	}
	qsort_r(p.order, p.count, sizeof(*p.order), compare_targets, (void *)c);
	for (size_t i = 1; i < p.count; i++)
		if (at(&p, i)->route == at(&p, i - 1)->route &&
			at(&p, i)->port == at(&p, i - 1)->port &&
			same_destination(at(&p, i - 1), at(&p, i)))
			warn_twice(&p, p.order[i - 1], p.order[i]);
	check_domains(&p, check_prefixes(&p));
	warn_unreachable(&p);
	warn_passed(&p);
out:
	free(p.order);
	free(p.covered);
	free(p.total);
	free(p.by);
	free(p.several);
	free(p.passed);
	free(p.first_passed);
}

static void warn_bonds(struct build *b)
{
	const struct config *c = b->c;
	if (c->bond_count == 0) {
		build_say(b, FINDING_WARNING, (struct place){0}, 0,
			"no bond is defined: nothing is steered; add a section [bond:NAME]");
		return;
	}
	bool *used = calloc(c->bond_count, sizeof(*used));
	if (!used) {
		b->no_memory = true;
		return;
	}
	for (size_t r = 0; r < c->route_count; r++) {
		if (c->routes[r].bond != ROUTE_BOND_NONE)
			used[c->routes[r].bond] = true;
		for (size_t i = 0; i < c->routes[r].from_count; i++)
			used[c->routes[r].from[i]] = true;
	}
	for (size_t i = 0; i < c->bond_count; i++) {
		const struct bond *bond = &c->bonds[i];
		size_t length = strlen(bond->name) + strlen("bond:");
		if (bond->member_count == 0)
			build_say(b, FINDING_WARNING, bond->place, length,
				"bond \"%s\" has no members: add member = TRANSPORT:ADDRESS:PORT",
				bond->name);
		if (!used[i])
			build_say(b, FINDING_WARNING, bond->place, length,
				"bond \"%s\" is used by no route: add a [route:NAME] with bond = "
				"%s",
				bond->name, bond->name);
	}
	free(used);
}

void reach_check(struct build *b)
{
	if (b->f->error_count || b->no_memory)
		return; /* what is missing would be reported as unused or unreachable */
	warn_bonds(b);
	check_routes(b);
}
