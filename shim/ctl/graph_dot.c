/* SPDX-License-Identifier: MIT */
/* From left to right: sources, routes, bonds, members, listeners. Labels are HTML-like ones: in them nothing
 * but markup has a meaning, and what is not plain is shown as \xNN. Colours are of a palette that all can tell
 * apart (Okabe and Ito), and none says what no word does. */
#include "graph.h"

#include <inttypes.h>

#include "config/terminal.h"

#define BREAK_AT 60 /* columns of a line in a box */
#define MANY 200    /* routes and members, whose picture may be too large */

static const char head[] =
	"digraph libbond {\n"
	"graph [rankdir=LR, bgcolor=white, fontname=\"Helvetica,Arial,sans-serif\", fontsize=13, labelloc=t, "
	"labeljust=l, ranksep=0.7, nodesep=0.18];\n"
	"node [shape=plain, fontname=\"Helvetica,Arial,sans-serif\", fontsize=12, fontcolor=\"#222222\"];\n"
	"edge [fontname=\"Helvetica,Arial,sans-serif\", fontsize=11, color=\"#555555\", fontcolor=\"#222222\", "
	"arrowsize=0.7];\n";

/* How a box looks. */
struct look {
	const char *border, *fill, *style; /* style "" = as usual */
};
static const struct look look_source = {"#777777", "#F2F2F2", " STYLE=\"ROUNDED\""}, look_route = {"#0072B2", "#DCEBF7", ""},
	look_bond = {"#009E73", "#DDF1EA", ""}, look_member = {"#555555", "#FFFFFF", ""},
	look_down = {"#D55E00", "#FFFFFF", ""}, look_listener = {"#777777", "#F2F2F2", " STYLE=\"ROUNDED\""};

static void put_text(FILE *out, const char *s)
{
	size_t n = strlen(s), column = 0;
	bool plain;

	for (size_t i = 0, length; i < n; i += length, column++) {
		if (column && column % BREAK_AT == 0)
			fputs("<BR ALIGN=\"LEFT\"/>", out);
		length = terminal_next(s + i, n - i, &plain);
		/* \N and its like would be the name of a node and so on: alone the backslash is one */
		if (plain && s[i] == '\\' && s[i + 1] && strchr("NGETHL", s[i + 1]))
			fputs("<FONT COLOR=\"#222222\">&#92;</FONT>", out);
		else if (plain && length == 1 && strchr("&<>\"'\\", s[i]))
			fprintf(out, "&#%d;", s[i]);
		else if (plain)
			fwrite(s + i, 1, length, out);
		else
			for (size_t k = i; k < i + length; k++)
				fprintf(out, "&#92;x%02x", (unsigned char)s[k]);
	}
}

/* A box with a heading, and lines below it. */
static void put_box(FILE *out, const struct look *look, const char *number, const char *heading,
	const struct graph_notes *notes, unsigned from)
{
	fprintf(out, " [label=<<TABLE BORDER=\"1\" CELLBORDER=\"0\" CELLSPACING=\"0\" CELLPADDING=\"5\" COLOR=\"%s\" "
		     "BGCOLOR=\"%s\"%s><TR><TD ALIGN=\"LEFT\" BALIGN=\"LEFT\">%s<B>",
		look->border, look->fill, look->style, number);
	put_text(out, heading);
	fputs("</B>&#160; </TD></TR>", out); /* another font may be wider */
	for (unsigned i = from; i < notes->count; i++) {
		fputs("<TR><TD ALIGN=\"LEFT\" BALIGN=\"LEFT\">", out);
		put_text(out, notes->lines[i] + strspn(notes->lines[i], " "));
		fputs("</TD></TR>", out);
	}
	fputs("</TABLE>>];\n", out);
}

static void put_edge(FILE *out, const char *from, const char *to, const char *counts, const char *more)
{
	fprintf(out, "%s:e -> %s:w [", from, to);
	if (*counts) {
		fputs("label=< ", out);
		put_text(out, counts);
		fputs(" >", out);
	}
	fprintf(out, "%s%s];\n", *counts && *more ? ", " : "", more);
}

/* Those of one rank from top to bottom in that order. */
static void put_order(FILE *out, const char *prefix, size_t first, size_t count)
{
	if (count < 2)
		return;
	fputs("{rank=same; ", out);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s%s%zu", i ? " -> " : "", prefix, first + i);
	fputs(" [style=invis]}\n", out);
}

/* ---- sources ---- */

/* The first route that names that bond, or socket, gives its node the name. */
static void put_sources(const struct graph *g, size_t route, FILE *out)
{
	const struct route *r = &g->config->routes[route];
	static struct graph_notes notes;
	static const struct graph_notes none;
	char id[32], to[32];

	snprintf(to, sizeof(to), "r%zu", route);
	if (!r->from_count && !r->socket_count) {
		put_edge(out, "any", to, "", "");
		return;
	}
	graph_source_notes(g, route, &notes);
	for (size_t i = 0; i < r->from_count; i++) {
		snprintf(id, sizeof(id), "f%u", r->from[i]);
		put_edge(out, id, to, "", "style=dashed");
	}
	if (!r->socket_count)
		return;
	/* each is what this route asks for */
	snprintf(id, sizeof(id), "k%zu", route);
	unsigned first = notes.count;
	for (unsigned i = 0; i < notes.count && first == notes.count; i++)
		if (strncmp(notes.lines[i], "socket ", 7) == 0)
			first = i;
	fputs(id, out);
	if (first + 1 < notes.count)
		put_box(out, &look_source, "", notes.lines[first], &notes, first + 1);
	else
		put_box(out, &look_source, "", first < notes.count ? notes.lines[first] : "socket", &none, 0);
	put_edge(out, id, to, "", "");
}

static void put_arrivals(const struct graph *g, FILE *out)
{
	const struct config *c = g->config;
	static const struct graph_notes none;
	char text[GRAPH_NOTE_MAX];

	for (size_t b = 0; b < c->bond_count; b++) {
		bool named = false;
		for (size_t r = 0; r < c->route_count; r++)
			for (size_t i = 0; i < c->routes[r].from_count; i++)
				named = named || c->routes[r].from[i] == b;
		if (!named)
			continue;
		snprintf(text, sizeof(text), "from %s", c->bonds[b].name);
		fprintf(out, "f%zu", b);
		put_box(out, &look_source, "", text, &none, 0);
	}
}

/* ---- routes and bonds ---- */

static void put_routes(const struct graph *g, FILE *out)
{
	const struct config *c = g->config;
	static struct graph_notes notes, none;
	char from[32], to[32], number[32], counts[GRAPH_COUNTS_MAX];
	bool left_alone = false;

	for (size_t i = 0; i < c->route_count; i++) {
		const struct route *r = &c->routes[i];
		snprintf(from, sizeof(from), "r%zu", i);
		snprintf(to, sizeof(to), "b%u", r->bond);
		snprintf(number, sizeof(number), "%zu&#160; ", i + 1);
		graph_route_notes(g, i, &notes);
		fputs(from, out);
		put_box(out, &look_route, number, r->name, &notes, 0);
		put_sources(g, i, out);
		graph_route_counts(g, i, counts);
		put_edge(out, from, r->bond == ROUTE_BOND_NONE ? "alone" : to, counts, "");
		left_alone = left_alone || r->bond == ROUTE_BOND_NONE;
	}
	fprintf(out, "r%zu", c->route_count);
	put_box(out, &look_route, "", graph_no_route(g), &none, 0);
	fprintf(out, "any:e -> r%zu:w;\n", c->route_count);
	if (left_alone) {
		fputs("alone", out);
		put_box(out, &look_source, "", "left alone", &none, 0);
	}
	put_order(out, "r", 0, c->route_count + 1);
}

/* ---- members and listeners ---- */

/* One of the sockets that carry a member, each of which is drawn once. */
static void put_sockets(const struct graph *g, size_t member, FILE *out)
{
	const struct member *m = &g->config->members[member];
	const struct status_member *s = graph_member(g, member);
	const char *family = m->addr.family == AF_INET ? "IPv4" : "IPv6";
	const char *carrier = transport_is_datagram((enum transport)m->transport) ? "UDP" : "TCP";
	char from[32], to[64], text[100];
	static const struct graph_notes none;

	snprintf(from, sizeof(from), "m%zu", member);
	for (size_t i = 0; s && i < s->socket_count && i < 4; i++) {
		if (!s->sockets[i].pid)
			continue;
		snprintf(to, sizeof(to), "fd%d_%d", s->sockets[i].fd, (int)s->sockets[i].pid);
		snprintf(text, sizeof(text), "fd %d of process %d", s->sockets[i].fd, (int)s->sockets[i].pid);
		fputs(to, out);
		put_box(out, &look_listener, "", text, &none, 0);
		put_edge(out, from, to, s->sockets[i].opened ? "opened" : "adopted", "dir=none");
	}
	if (s || !m->open)
		return;
	snprintf(to, sizeof(to), "l%s_%s_%u", carrier, family, m->addr.port);
	snprintf(text, sizeof(text), "the program's listener: %s, %s", carrier, family);
	if (m->open != OPEN_LOOKUP)
		snprintf(text, sizeof(text), "the program's listener: %s, %s, port %u", carrier, family, m->addr.port);
	else
		snprintf(to, sizeof(to), "l%s_%s", carrier, family);
	fputs(to, out);
	put_box(out, &look_listener, "", text, &none, 0);
	put_edge(out, from, to, "open", "dir=none");
}

/* The descriptors stand beside it. */
static void drop_sockets(struct graph_notes *notes)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < notes->count; i++)
		if (strncmp(notes->lines[i], "fd ", 3) != 0 && kept++ != i)
			memmove(notes->lines[kept - 1], notes->lines[i], GRAPH_NOTE_MAX);
	notes->count = kept;
}

static bool is_used(const struct config *c, size_t bond)
{
	for (size_t i = 0; i < c->route_count; i++)
		if (c->routes[i].bond == bond)
			return true;
	return false;
}

static void put_bond(const struct graph *g, size_t bond, FILE *out)
{
	const struct bond *b = &g->config->bonds[bond];
	static struct graph_notes notes;
	char from[32], to[32], counts[GRAPH_COUNTS_MAX];

	snprintf(from, sizeof(from), "b%zu", bond);
	graph_bond_notes(g, bond, &notes);
	fputs(from, out);
	put_box(out, &look_bond, "bond ", b->name, &notes, 0);
	if (!is_used(g->config, bond))
		fprintf(out, "r0 -> %s [style=invis, weight=0];\n", from); /* among the others all the same */
	for (uint32_t i = 0; i < b->member_count; i++) {
		size_t member = b->first_member + i;
		bool down = graph_is_down(g, member);
		snprintf(to, sizeof(to), "m%zu", member);
		graph_member_notes(g, member, &notes);
		drop_sockets(&notes);
		fputs(to, out);
		put_box(out, down ? &look_down : &look_member, "", notes.lines[0], &notes, 1);
		graph_member_counts(g, member, counts);
		put_edge(out, from, to, counts, down ? "style=dashed, color=\"#D55E00\"" : "");
		put_sockets(g, member, out);
	}
	if (!b->member_count)
		return;
	put_order(out, "m", b->first_member, b->member_count);
}

void graph_dot(const struct graph *g, FILE *out)
{
	static const struct graph_notes none;
	const struct config *c = g->config;
	char title[GRAPH_NOTE_MAX];

	fputs(head, out);
	if (c->route_count + c->member_count > MANY)
		fputs("graph [size=\"340\"];\n", out); /* inches: less than the 32767 pixels that renderers take */
	graph_title(g, title, sizeof(title));
	fputs("label=<", out);
	put_text(out, title);
	fputs(">;\nany", out);
	put_box(out, &look_source, "", g->status ? "its requests" : "the program's requests", &none, 0);
	put_arrivals(g, out);
	put_routes(g, out);
	for (size_t b = 0; b < c->bond_count; b++)
		put_bond(g, b, out);
	fputs("}\n", out);
}
