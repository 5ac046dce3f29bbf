/* SPDX-License-Identifier: MIT */
/* Prefixes, sorted, nest, so that a stack of those around the current one tells what takes it; a
 * domain is looked up among its equals and the wildcards that it ends in. */
#include "cover.h"

#include <errno.h>
#include <stdlib.h>

#define GROUP_COMPARED 64 /* so many targets of one destination */

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

bool cover_wider(const struct config *c, uint16_t early, uint16_t late)
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

bool cover_same(const struct target *x, const struct target *y)
{
	if (x->kind != y->kind)
		return false;
	if (x->kind != TARGET_PREFIX)
		return strcmp(x->domain, y->domain) == 0;
	return x->prefix.bits == y->prefix.bits &&
	       addr_same_host(&x->prefix.addr, &y->prefix.addr) &&
	       x->prefix.addr.family == y->prefix.addr.family;
}

static bool takes(const struct cover *p, const struct target *early, const struct target *late)
{
	return cover_wider(p->c, early->route, late->route) &&
	       (early->port == 0 || early->port == late->port) &&
	       (early->prefix.addr.scope == 0 ||
		       early->prefix.addr.scope == late->prefix.addr.scope);
}

static void cover(struct cover *p, const struct target *early, const struct target *late)
{
	uint16_t r = late->route;
	if (p->covered[r]++ && p->by[r] != early->route)
		p->several[r] = true;
	p->by[r] = early->route;
}

static const struct target *at(const struct cover *p, size_t i)
{
	return &p->c->targets[p->order[i]];
}

/* The end of the group of equal destinations that begins at i. */
static size_t group_end(const struct cover *p, size_t i)
{
	size_t end = i + 1;
	while (end < p->count && cover_same(at(p, i), at(p, end)))
		end++;
	return end;
}

/* Whether datagrams to t match a route of the group. */
static bool group_takes_datagrams(
	const struct cover *p, size_t begin, size_t end, const struct target *t)
{
	if (end - begin > GROUP_COMPARED)
		end = begin + GROUP_COMPARED;
	for (size_t e = begin; e < end; e++) {
		const struct target *other = at(p, e);
		if (cover_datagrams(&p->c->routes[other->route]) &&
			(other->port == 0 || other->port == t->port))
			return true;
	}
	return false;
}

static void note_passed(struct cover *p, uint32_t number)
{
	uint16_t r = p->c->targets[number].route;
	if (p->passed[r]++ == 0 || number < p->first_passed[r])
		p->first_passed[r] = number;
}

/* Prefixes, sorted, nest: the stack holds the groups that contain the current one. */
static size_t check_prefixes(struct cover *p)
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
			found = cover_datagrams(&p->c->routes[at(p, k)->route]);
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
static bool find_wildcard(const struct cover *p, size_t first, const char *name, size_t *begin)
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

static bool group_takes(struct cover *p, size_t begin, const struct target *t)
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
static bool find_whole(const struct cover *p, uint16_t family, size_t *begin)
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
static bool whole_takes(struct cover *p, const size_t begin[2], const struct target *t)
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
static void check_domains(struct cover *p, size_t first)
{
	size_t wildcards = first, begin = first, whole[2];
	bool has_whole = find_whole(p, AF_INET, &whole[0]) && find_whole(p, AF_INET6, &whole[1]);
	while (wildcards < p->count && at(p, wildcards)->kind == TARGET_DOMAIN)
		wildcards++;
	for (size_t i = first; i < p->count; i++) {
		const struct target *t = at(p, i);
		if (i > first && !cover_same(at(p, i - 1), t))
			begin = i;
		bool taken = (has_whole && whole_takes(p, whole, t)) || group_takes(p, begin, t);
		bool datagrams = cover_datagrams(&p->c->routes[t->route]) ||
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

int cover_find(struct cover *p, const struct config *c)
{
	size_t routes = c->route_count + 1;
	*p = (struct cover){.c = c, .count = c->target_count};
	p->order = malloc((c->target_count + 1) * sizeof(*p->order));
	p->total = calloc(routes, sizeof(*p->total));
	p->covered = calloc(routes, sizeof(*p->covered));
	p->by = calloc(routes, sizeof(*p->by));
	p->several = calloc(routes, sizeof(*p->several));
	p->passed = calloc(routes, sizeof(*p->passed));
	p->first_passed = calloc(routes, sizeof(*p->first_passed));
	if (!p->order || !p->total || !p->covered || !p->by || !p->several || !p->passed ||
		!p->first_passed)
		return ENOMEM;
	for (size_t i = 0; i < p->count; i++) {
		p->order[i] = (uint32_t)i;
		p->total[c->targets[i].route]++;
	}
	qsort_r(p->order, p->count, sizeof(*p->order), compare_targets, (void *)c);
	check_domains(p, check_prefixes(p));
	return 0;
}

void cover_free(struct cover *p)
{
	free(p->order);
	free(p->total);
	free(p->covered);
	free(p->by);
	free(p->several);
	free(p->passed);
	free(p->first_passed);
}
