/* SPDX-License-Identifier: MIT */
/* Warnings about what the file says in vain: bonds that nothing uses, destinations given twice,
 * routes behind an earlier route that takes everything they could get. Part of the load; it stays
 * fast with a million destinations. */
#include "build.h"
#include "cover.h"

#include <stdlib.h>

#define TWICE_SHOWN 20
#define CATCH_ALLS 256 /* so many earlier routes to anywhere are compared */

static void warn_twice(struct build *b, const struct cover *p)
{
	const struct config *c = b->c;
	size_t twice = 0;
	for (size_t i = 1; i < p->count; i++) {
		const struct target *first = &c->targets[p->order[i - 1]];
		const struct target *again = &c->targets[p->order[i]];
		if (again->route != first->route || again->port != first->port ||
			!cover_same(first, again))
			continue;
		char buf[BUILD_WHERE_MAX];
		if (twice++ < TWICE_SHOWN)
			build_say(b, FINDING_WARNING, again->place, 1,
				"this destination stands in %s%s of the same route already",
				build_where(c, first->place, buf), first->place.list ? "," : "");
	}
	if (twice > TWICE_SHOWN)
		build_say(b, FINDING_WARNING, (struct place){0}, 0,
			"more destinations are given twice: only the first %d are shown",
			TWICE_SHOWN);
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
		if (cover_wider(c, anywhere[i], r))
			return anywhere[i];
	return MODEL_NONE;
}

static void warn_unreachable(struct build *b, const struct cover *p)
{
	const struct config *c = b->c;
	uint16_t anywhere[CATCH_ALLS];
	size_t n = 0;
	for (size_t r = 0; r < c->route_count && n < CATCH_ALLS; r++)
		if (!c->routes[r].has_to)
			anywhere[n++] = (uint16_t)r;
	for (uint16_t r = 0; r < c->route_count; r++) {
		uint16_t by = catch_all(c, r, anywhere, n);
		if (by != MODEL_NONE)
			say_unreachable(b, r, by, false);
		else if (p->total[r] && p->covered[r] == p->total[r])
			say_unreachable(b, r, p->by[r], p->several[r]);
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
static void warn_passed(struct build *b, const struct cover *p)
{
	const struct config *c = b->c;
	for (size_t r = 0; r < c->route_count; r++)
		if (!c->routes[r].has_to && cover_datagrams(&c->routes[r]))
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
		build_say(b, FINDING_WARNING, t->place, 1,
			"datagrams to %s%s%s match no route, as `transport = %s` makes this one a "
			"route for connections: add a second route for them without `transport`",
			t->kind == TARGET_WILDCARD ? "*." : "",
			t->kind == TARGET_PREFIX ? text : t->domain, more,
			transport_names[route->transport]);
	}
}

static void check_routes(struct build *b)
{
	struct cover p;
	if (cover_find(&p, b->c)) {
		b->no_memory = true;
	} else {
		warn_twice(b, &p);
		warn_unreachable(b, &p);
		warn_passed(b, &p);
	}
	cover_free(&p);
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

/* `open = WAY` says how members are opened, not which. */
static void warn_ways(struct build *b)
{
	const struct config *c = b->c;
	bool any = false;
	for (size_t i = 0; i < c->bond_count; i++) {
		const struct bond *bond = &c->bonds[i];
		bool opened = false;
		for (uint32_t m = 0; m < bond->member_count; m++)
			opened |= c->members[bond->first_member + m].open != OPEN_NOT;
		any |= opened;
		if (bond->open != OPEN_NOT && !opened && bond->member_count > 0)
			build_say(b, FINDING_WARNING, bond->place, strlen(bond->name) + strlen("bond:"),
				"`open` of bond \"%s\" says how members are opened, and none of it is: "
				"add the word open to those that the program's own socket shall hear",
				bond->name);
	}
	if (c->open != OPEN_NOT && !any && c->bond_count > 0)
		build_say(b, FINDING_WARNING, (struct place){0}, 0,
			"`open` in [host] says how members are opened, and none is: "
			"add the word open to those that the program's own socket shall hear");
}

void reach_check(struct build *b)
{
	if (b->f->error_count || b->no_memory)
		return; /* what is missing would be reported as unused or unreachable */
	warn_bonds(b);
	warn_ways(b);
	check_routes(b);
}
