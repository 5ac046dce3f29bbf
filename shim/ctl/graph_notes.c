/* SPDX-License-Identifier: MIT */
/* The words of the picture. Of a host's rules the names count: its numbers are others after a reload. */
#include "graph.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "config/expand.h"

#define TARGETS_SHOWN 4
#define SOCKETS_SHOWN 4

static void add(struct graph_notes *notes, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct graph_notes *notes, const char *format, ...)
{
	va_list args;

	if (notes->count == GRAPH_NOTES_MAX)
		return;
	va_start(args, format);
	vsnprintf(notes->lines[notes->count++], GRAPH_NOTE_MAX, format, args);
	va_end(args);
}

/* ---- what the host has of it ---- */

const struct status_route *graph_route(const struct graph *g, size_t route)
{
	const struct status *s = g->status;
	const char *name = g->config->routes[route].name;

	if (s && route < s->route_count && strcmp(s->routes[route].name, name) == 0)
		return &s->routes[route];
	for (size_t i = 0; s && i < s->route_count; i++)
		if (strcmp(s->routes[i].name, name) == 0)
			return &s->routes[i];
	return NULL;
}

const struct status_bond *graph_bond(const struct graph *g, size_t bond)
{
	const struct status *s = g->status;

	for (size_t i = 0; s && i < s->bond_count; i++)
		if (strcasecmp(s->bonds[i].name, g->config->bonds[bond].name) == 0)
			return &s->bonds[i];
	return NULL;
}

static bool is_member(const struct status_member *s, const struct member *m)
{
	return s->transport == m->transport && s->addr.family == m->addr.family && addr_equal(&s->addr, &m->addr) &&
	       s->addr.scope == m->addr.scope;
}

const struct status_member *graph_member(const struct graph *g, size_t member)
{
	const struct member *m = &g->config->members[member];
	const struct status_bond *b = graph_bond(g, m->bond);
	size_t near = member - g->config->bonds[m->bond].first_member;

	if (b && near < b->member_count && is_member(&b->members[near], m))
		return &b->members[near];
	for (size_t i = 0; b && i < b->member_count; i++)
		if (is_member(&b->members[i], m))
			return &b->members[i];
	return NULL;
}

size_t graph_unknown(const struct graph *g)
{
	const struct config *c = g->config;
	size_t count = 0;

	for (size_t i = 0; g->status && i < c->route_count; i++)
		count += !graph_route(g, i);
	for (size_t i = 0; g->status && i < c->member_count; i++)
		count += !graph_member(g, i);
	return count;
}

bool graph_is_down(const struct graph *g, size_t member)
{
	const struct status_member *m = graph_member(g, member);

	return m && state_is_down(m->state);
}

/* ---- counts ---- */

void graph_counts(const uint64_t *counts, char text[GRAPH_COUNTS_MAX])
{
	uint64_t in = counts[TALLY_CAME_REQUESTS] + counts[TALLY_CAME_RESPONSES];
	const uint64_t numbers[] = {counts[TALLY_REQUESTS], counts[TALLY_RESPONSES], counts[TALLY_CONNECTIONS], in};
	static const char *const units[] = {"req", "resp", "conn", "in"};
	size_t n = 0;

	strcpy(text, "0");
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (numbers[i])
			n += (size_t)snprintf(text + n, GRAPH_COUNTS_MAX - n, "%s%" PRIu64 " %s", n ? ", " : "", numbers[i],
				units[i]);
}

void graph_route_counts(const struct graph *g, size_t route, char text[GRAPH_COUNTS_MAX])
{
	const struct status_route *r = graph_route(g, route);

	*text = 0;
	if (r && g->status->has_tallies)
		graph_counts(r->counts, text);
}

void graph_member_counts(const struct graph *g, size_t member, char text[GRAPH_COUNTS_MAX])
{
	const struct status_member *m = graph_member(g, member);

	*text = 0;
	if (m && g->status->has_tallies)
		graph_counts(m->counts, text);
}

/* ---- notes ---- */

static void target_text(const struct target *t, char *text, size_t size)
{
	size_t n;

	if (t->kind != TARGET_PREFIX) {
		n = (size_t)snprintf(text, size, "%s%s", t->kind == TARGET_WILDCARD ? "*." : "", t->domain);
		if (t->port && n < size)
			snprintf(text + n, size - n, ":%u", t->port);
		return;
	}
	struct addr a = t->prefix.addr;
	char buf[ADDR_TEXT_MAX];
	unsigned bits = t->prefix.bits - (a.family == AF_INET ? 96u : 0);
	a.port = t->port;
	if (bits == (a.family == AF_INET ? 32 : 128)) {
		if (t->port)
			addr_print(&a, buf);
		else
			addr_print_host(&a, buf);
		snprintf(text, size, "%s", buf);
		return;
	}
	addr_print_host(&a, buf);
	snprintf(text, size, "%s/%u", buf, bits);
}

static void add_targets(const struct config *c, size_t route, struct graph_notes *notes)
{
	char text[300];
	size_t shown = 0, count = 0;

	if (!c->routes[route].has_to) {
		add(notes, "to anywhere");
		return;
	}
	for (size_t i = 0; i < c->target_count; i++) {
		if (c->targets[i].route != route)
			continue;
		if (count++ >= TARGETS_SHOWN)
			continue;
		target_text(&c->targets[i], text, sizeof(text));
		add(notes, "%s %s", shown++ ? "  " : "to", text);
	}
	if (count > shown)
		add(notes, "   and %zu more", count - shown);
}

void graph_source_notes(const struct graph *g, size_t route, struct graph_notes *notes)
{
	const struct config *c = g->config;
	const struct route *r = &c->routes[route];
	char text[ADDR_TEXT_MAX];

	notes->count = 0;
	for (size_t i = 0; i < r->from_count && i < SOCKETS_SHOWN; i++)
		add(notes, "%s %s", i ? "  or" : "from", c->bonds[r->from[i]].name);
	if (r->from_count > SOCKETS_SHOWN)
		add(notes, "     and %zu more", r->from_count - SOCKETS_SHOWN);
	for (size_t i = 0; i < r->socket_count && i < SOCKETS_SHOWN; i++) {
		expand_print(&r->sockets[i].addr, text);
		add(notes, "%s %s:%s", i ? "    or" : "socket", transport_names[r->sockets[i].transport], text);
	}
	if (r->socket_count > SOCKETS_SHOWN)
		add(notes, "       and %zu more", r->socket_count - SOCKETS_SHOWN);
}

void graph_route_notes(const struct graph *g, size_t route, struct graph_notes *notes)
{
	const struct route *r = &g->config->routes[route];

	notes->count = 0;
	add_targets(g->config, route, notes);
	if (r->transport)
		add(notes, "transport %s", transport_names[r->transport]);
}

void graph_bond_notes(const struct graph *g, size_t bond, struct graph_notes *notes)
{
	const struct bond *b = &g->config->bonds[bond];
	const struct status_bond *s = graph_bond(g, bond);

	notes->count = 0;
	if (b->no_member == NO_MEMBER_PASS)
		add(notes, "no member fits: passed on");
	if (b->source_port == SOURCE_PORT_MEMBER)
		add(notes, "source-port = member");
	if (s && g->status->has_tallies && s->without[TALLY_NO_MEMBER])
		add(notes, "%" PRIu64 " found no member", s->without[TALLY_NO_MEMBER]);
	if (s && g->status->has_tallies && s->without[TALLY_PASSED])
		add(notes, "%" PRIu64 " passed on", s->without[TALLY_PASSED]);
}

static void add_host(const struct status_member *s, struct graph_notes *notes)
{
	const char *way = status_way(s);
	char use[32];

	if (state_is_down(s->state))
		add(notes, "down because %s", s->why);
	snprintf(use, sizeof(use), "%s", status_use_name(s->use));
	for (char *p = use; *p; p++)
		*p = *p == '-' ? ' ' : *p;
	if (s->use == USE_OPENED && way)
		add(notes, "%s by %s", use, way);
	else if (s->use != USE_UNKNOWN)
		add(notes, "%s", use);
	for (size_t i = 0; i < s->socket_count && i < SOCKETS_SHOWN; i++)
		if (s->sockets[i].pid)
			add(notes, "fd %d of %d", s->sockets[i].fd, (int)s->sockets[i].pid);
	if (s->socket_count > SOCKETS_SHOWN)
		add(notes, "and %zu more sockets", s->socket_count - SOCKETS_SHOWN);
}

void graph_member_notes(const struct graph *g, size_t member, struct graph_notes *notes)
{
	static const char *const ways[] = {[OPEN_ANY] = "open", [OPEN_FILTER] = "open by filter",
		[OPEN_LOOKUP] = "open by sk_lookup"};
	const struct member *m = &g->config->members[member];
	const struct status_member *s = graph_member(g, member);
	char text[ADDR_TEXT_MAX];

	notes->count = 0;
	expand_print(&m->addr, text);
	add(notes, "%s %s", transport_names[m->transport], text);
	if (m->as_host && m->as_port)
		add(notes, "as %s:%u", m->as_host, m->as_port);
	else if (m->as_host)
		add(notes, "as %s", m->as_host);
	if (m->device[0])
		add(notes, "device %s", m->device);
	if (s)
		add_host(s, notes);
	else if (m->open)
		add(notes, "%s", ways[m->open <= OPEN_LOOKUP ? m->open : OPEN_ANY]);
}

const char *graph_no_route(const struct graph *g)
{
	return g->config->no_route == NO_ROUTE_FAIL ? "no route matches: refused" : "no route matches: left alone";
}

void graph_title(const struct graph *g, char *text, size_t size)
{
	const char *file = strrchr(g->config->file, '/');
	const struct status *s = g->status;

	if (s)
		snprintf(text, size, "%s, process %d, %s", s->name, (int)s->pid, g->config->file);
	else
		snprintf(text, size, "%s", file ? file + 1 : g->config->file);
}
