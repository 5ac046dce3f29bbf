/* SPDX-License-Identifier: MIT */
/* Warnings about `from` where libbond cannot know on which member a request came in. Part of the load;
 * called by finish_load(). */
#include "build.h"

/* The first member that hides what comes in there. */
static const struct member *hidden_member(const struct config *c, uint16_t bond)
{
	const struct bond *b = &c->bonds[bond];

	for (uint32_t i = 0; i < b->member_count; i++) {
		const struct member *m = &c->members[b->first_member + i];
		if (!config_sees(c, m->transport))
			return m;
	}
	return NULL;
}

const char *arrivals_fate(const struct config *c, const struct route *r)
{
	if (r->bond == ROUTE_BOND_NONE || c->bonds[r->bond].no_member == NO_MEMBER_PASS)
		return "it goes the host's own way";
	return "it is refused";
}

static void warn_hidden(struct build *b, const struct reference *ref)
{
	const struct config *c = b->c;
	uint16_t bond = config_find_bond(c, ref->name, ref->length);
	const struct member *m = bond == MODEL_NONE ? NULL : hidden_member(c, bond);

	if (m)
		build_say(b, FINDING_WARNING, ref->place, ref->length,
			"what comes in over %s (member in line %u) cannot be seen: where this route could "
			"take it, %s, and no later route is tried; decide by `to` or `socket`",
			transport_names[m->transport], m->place.line,
			arrivals_fate(c, &c->routes[ref->route]));
}

bool arrivals_take_connections(const struct config *c, const struct route *r)
{
	if (r->bond == ROUTE_BOND_NONE || r->transport == TRANSPORT_UDP)
		return false;
	const struct bond *b = &c->bonds[r->bond];
	for (uint32_t i = 0; i < b->member_count; i++)
		if (c->members[b->first_member + i].transport != TRANSPORT_UDP)
			return true;
	return false;
}

static bool names_program(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->program_count; i++)
		if (strcmp(c->programs[i], name) == 0)
			return true;
	return false;
}

/* It opens connections in threads of one process, for requests that other ones have read. */
static void warn_threads(struct build *b, const struct reference *ref)
{
	const struct config *c = b->c;
	const struct route *r = &c->routes[ref->route];

	if (arrivals_take_connections(c, r) && names_program(c, "opensips"))
		build_say(b, FINDING_WARNING, ref->place, ref->length,
			"OpenSIPS 4.0 and later opens its connections in other threads than those that read "
			"the requests: for connections this is not known there, %s, and no later route is "
			"tried; decide them by `to` or `socket`",
			arrivals_fate(c, r));
}

void arrivals_check(struct build *b)
{
	uint16_t warned = MODEL_NONE;

	for (size_t i = 0; i < b->reference_count; i++) {
		const struct reference *ref = &b->references[i];
		if (!ref->from)
			continue;
		warn_hidden(b, ref);
		if (ref->route != warned)
			warn_threads(b, ref);
		warned = ref->route;
	}
}
