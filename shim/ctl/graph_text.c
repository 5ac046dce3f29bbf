/* SPDX-License-Identifier: MIT */
/* Routes on the left, bonds with their members on the right, and a lane between them for each bond. Where the
 * terminal has no room for that, one below the other. Routes stand in even rows and bonds in odd ones, so that
 * no line runs into another's. */
#include "graph.h"

#include <stdlib.h>

#include "canvas.h"
#include "config/terminal.h"
#include "ladder_style.h"

#define LEFT_MIN 22  /* columns of routes */
#define LEFT_MAX 46  /* unless a word is longer */
#define ANY_NET 1    /* of all that is no lane */
#define BOND_NET 2   /* and on: a net each */
#define NARROWEST 30
#define BOND_TEXT_MAX 64 /* bytes of "bond NAME" */

struct drawing {
	const struct graph *g;
	struct canvas canvas;
	unsigned width;
	unsigned left, counts, lanes, bonds, uses; /* columns: of routes, what is counted of them, bonds, of theirs */
	unsigned route_word, member_word; /* of the longest word that either has, with what is before it */
	unsigned lane_count;
	uint16_t *lane_of; /* by bond, UINT16_MAX = no route leads to it */
	unsigned *first, *last; /* rows of the lane of a bond */
};

/* Wrapped below each other from that place on, the lines behind the first with an indent; the row behind them. */
static unsigned put_wrapped(struct drawing *d, unsigned row, unsigned column, unsigned columns, unsigned indent,
	const char *text)
{
	size_t n = strlen(text), fits;

	for (unsigned at = 0; n; at = indent) {
		fits = canvas_fit_words(&d->canvas, text, n, columns > at ? columns - at : 1,
			columns > indent ? columns - indent : 1);
		canvas_put(&d->canvas, row++, column + at, text, fits);
		text += fits;
		n -= fits;
		while (n && *text == ' ') {
			text++;
			n--;
		}
	}
	return row;
}

static unsigned at_most(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static unsigned at_least(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

/* The name; of one that no line leads to it is told what it is. */
static void bond_text(const struct drawing *d, size_t bond, char text[BOND_TEXT_MAX])
{
	snprintf(text, BOND_TEXT_MAX, d->lane_of[bond] == UINT16_MAX ? "bond %s" : "%s", d->g->config->bonds[bond].name);
}

/* All that is known of a member, but the lines that are its first. */
static void member_text(const struct graph *g, size_t member, char *text, size_t size)
{
	static struct graph_notes notes;
	size_t n = 0;

	graph_member_notes(g, member, &notes);
	*text = 0;
	for (unsigned i = 0; i < notes.count && n < size; i++)
		n += (size_t)snprintf(text + n, size - n, "%s%s", i ? ", " : "", notes.lines[i]);
}

/* ---- how wide ---- */

/* The columns of the longest word, which is not to be broken. */
static unsigned longest_word(const struct drawing *d, const char *text)
{
	char word[GRAPH_NOTE_MAX];
	unsigned longest = 0;

	while (*text) {
		size_t n = strcspn(text, " ");
		snprintf(word, sizeof(word), "%.*s", (int)n, text);
		longest = at_least(longest, canvas_columns(&d->canvas, word));
		text += n + strspn(text + n, " ");
	}
	return longest;
}

static void measure_notes(struct drawing *d, const struct graph_notes *notes)
{
	for (unsigned k = 0; k < notes->count; k++) {
		d->left = at_least(d->left, canvas_columns(&d->canvas, notes->lines[k]) + 4);
		d->route_word = at_least(d->route_word, longest_word(d, notes->lines[k]) + 7);
	}
}

static void measure_routes(struct drawing *d)
{
	static struct graph_notes notes;
	char text[GRAPH_COUNTS_MAX];
	const struct config *c = d->g->config;

	for (size_t i = 0; i < c->route_count; i++) {
		d->left = at_least(d->left, canvas_columns(&d->canvas, c->routes[i].name) + 7);
		graph_source_notes(d->g, i, &notes);
		measure_notes(d, &notes);
		graph_route_notes(d->g, i, &notes);
		measure_notes(d, &notes);
		graph_route_counts(d->g, i, text);
		d->counts = at_least(d->counts, (unsigned)strlen(text));
	}
	d->left = at_most(d->left, LEFT_MAX);
}

/* Returns the columns that members need at least. */
static unsigned measure_bonds(struct drawing *d)
{
	static struct graph_notes notes;
	const struct config *c = d->g->config;
	char counts[GRAPH_COUNTS_MAX], text[BOND_TEXT_MAX];
	unsigned members = 0;

	for (size_t i = 0; i < c->bond_count; i++) {
		bond_text(d, i, text);
		d->bonds = at_least(d->bonds, canvas_columns(&d->canvas, text));
		graph_bond_notes(d->g, i, &notes);
		for (unsigned k = 0; k < notes.count; k++)
			d->bonds = at_least(d->bonds, at_most(20, canvas_columns(&d->canvas, notes.lines[k]) + 2));
	}
	for (size_t i = 0; i < c->member_count; i++) {
		graph_member_notes(d->g, i, &notes);
		members = at_least(members, canvas_columns(&d->canvas, notes.lines[0]) + 1);
		for (unsigned k = 1; k < notes.count; k++)
			d->member_word = at_least(d->member_word, longest_word(d, notes.lines[k]) + 6);
		graph_member_counts(d->g, i, counts);
		d->uses = at_least(d->uses, (unsigned)strlen(counts));
	}
	return members;
}

/* Whether all has room side by side. */
static bool measure(struct drawing *d)
{
	const struct config *c = d->g->config;

	for (size_t i = 0; i < c->bond_count; i++)
		d->lane_of[i] = UINT16_MAX;
	for (size_t i = 0; i < c->route_count; i++) {
		uint16_t b = c->routes[i].bond;
		if (b != ROUTE_BOND_NONE && d->lane_of[b] == UINT16_MAX)
			d->lane_of[b] = (uint16_t)d->lane_count++;
	}
	measure_routes(d);
	unsigned members = measure_bonds(d);
	members = at_least(members, d->member_word);
	unsigned lines = 2 + (d->counts ? d->counts + 2 : 1) + 2 * d->lane_count + 2;
	unsigned right = d->bonds + 2 + (d->uses ? d->uses + 4 : 0) + 4 + members;
	unsigned left_min = at_least(LEFT_MIN, d->route_word);
	if (lines + right + left_min > d->width)
		return false;
	d->left = at_least(left_min, at_most(d->left, d->width - lines - right));
	d->lanes = d->left + lines - 2 * d->lane_count - 2;
	return true;
}

/* On a line, up to that column. */
static void put_counts(struct drawing *d, unsigned row, unsigned end, const char *counts)
{
	char text[GRAPH_COUNTS_MAX + 2];
	int n = snprintf(text, sizeof(text), " %s ", counts);

	canvas_put(&d->canvas, row, end - (unsigned)n, text, (size_t)n);
}

/* ---- members ---- */

/* From a bus at that column, which begins in row `from`, to each of its members; the row behind them. */
static unsigned put_members(struct drawing *d, size_t bond, unsigned row, unsigned from, unsigned bus,
	unsigned uses)
{
	const struct bond *b = &d->g->config->bonds[bond];
	char text[2048], counts[GRAPH_COUNTS_MAX];
	unsigned last = from;

	for (uint32_t i = 0; i < b->member_count; i++) {
		size_t member = b->first_member + i;
		unsigned at = bus + 3 + (uses ? uses + 4 : 0), columns = d->width > at + 1 ? d->width - at - 1 : 1;
		graph_member_counts(d->g, member, counts);
		member_text(d->g, member, text, sizeof(text));
		canvas_across(&d->canvas, row, bus, at - 1, ANY_NET);
		canvas_head(&d->canvas, row, at - 1);
		if (*counts)
			put_counts(d, row, at - 2, counts);
		last = row;
		row = put_wrapped(d, row, at + 1, columns, 4, text);
	}
	canvas_down(&d->canvas, bus, from, last, ANY_NET);
	return row;
}

/* ---- side by side ---- */

static unsigned put_notes(struct drawing *d, unsigned row, unsigned column, unsigned columns,
	const struct graph_notes *notes)
{
	for (unsigned i = 0; i < notes->count; i++)
		row = put_wrapped(d, row, column, columns, 3, notes->lines[i]);
	return row;
}

static const char left_alone[] = "left alone";

/* The line of a route without a bond leads to these words, which stand before the lanes. False: they have no room. */
static bool put_left_alone(struct drawing *d, unsigned row, unsigned end, const char *counts)
{
	unsigned head = end + 3 + (*counts ? (unsigned)strlen(counts) + 2 : 0);

	if (head + sizeof(left_alone) + 1 > d->lanes)
		return false;
	canvas_across(&d->canvas, row, end, head, ANY_NET);
	canvas_head(&d->canvas, row, head);
	canvas_put(&d->canvas, row, head + 2, left_alone, sizeof(left_alone) - 1);
	if (*counts)
		put_counts(d, row, head - 1, counts);
	return true;
}

/* False: it does not say where it leads. */
static bool put_route_line(struct drawing *d, size_t route, unsigned row, unsigned end)
{
	uint16_t b = d->g->config->routes[route].bond;
	char counts[GRAPH_COUNTS_MAX];

	graph_route_counts(d->g, route, counts);
	if (b == ROUTE_BOND_NONE && put_left_alone(d, row, end, counts))
		return true;
	unsigned to = b == ROUTE_BOND_NONE ? d->lanes - 2 : d->lanes + 2u * d->lane_of[b];
	canvas_across(&d->canvas, row, end, to, b == ROUTE_BOND_NONE ? ANY_NET : (uint16_t)(BOND_NET + b));
	if (*counts)
		put_counts(d, row, d->lanes - 1, counts);
	if (b == ROUTE_BOND_NONE) {
		canvas_head(&d->canvas, row, d->lanes - 2);
		return false;
	}
	d->first[b] = at_most(d->first[b], row);
	d->last[b] = at_least(d->last[b], row);
	return true;
}

/* Returns the row behind them. */
static unsigned put_routes_beside(struct drawing *d)
{
	static struct graph_notes notes;
	const struct config *c = d->g->config;
	unsigned row = 0, end, last = 0;
	char name[100];

	for (size_t i = 0; i < c->route_count; i++) {
		size_t n = (size_t)snprintf(name, sizeof(name), "%zu %s", i + 1, c->routes[i].name);
		end = row;
		size_t fits = canvas_fit(&d->canvas, name, n, d->left);
		canvas_put(&d->canvas, row, 0, name, fits);
		bool led = put_route_line(d, i, row, at_most(d->left, canvas_columns(&d->canvas, name)) + 1);
		if (fits < n)
			canvas_put(&d->canvas, ++end, 2, name + fits, n - fits);
		graph_source_notes(d->g, i, &notes);
		row = put_notes(d, end + 1, 4, d->left - 4, &notes);
		graph_route_notes(d->g, i, &notes);
		row = put_notes(d, row, 4, d->left - 4, &notes);
		if (!led)
			row = put_wrapped(d, row, 4, d->left - 4, 3, "is left alone");
		last = row;
		row += 1 + (row + 1) % 2;
	}
	return last;
}

/* Returns the row behind them. */
static unsigned put_bonds_beside(struct drawing *d)
{
	static struct graph_notes notes;
	const struct config *c = d->g->config;
	unsigned row = 1, last = 0, column = d->lanes + 2 * d->lane_count + 2;

	for (size_t i = 0; i < c->bond_count; i++) {
		unsigned bus = column + d->bonds + 2;
		char name[BOND_TEXT_MAX];
		bond_text(d, i, name);
		if (d->lane_of[i] != UINT16_MAX) {
			unsigned lane = d->lanes + 2u * d->lane_of[i];
			canvas_across(&d->canvas, row, lane, column - 2, (uint16_t)(BOND_NET + i));
			canvas_head(&d->canvas, row, column - 2);
			canvas_down(&d->canvas, lane, at_most(row, d->first[i]), at_least(row, d->last[i]),
				(uint16_t)(BOND_NET + i));
		}
		canvas_put(&d->canvas, row, column, name, strlen(name));
		if (c->bonds[i].member_count)
			canvas_across(&d->canvas, row, column + canvas_columns(&d->canvas, name) + 1, bus, ANY_NET);
		graph_bond_notes(d->g, i, &notes);
		unsigned below = put_notes(d, row + 1, column + 2, d->bonds > 2 ? d->bonds - 2 : 1, &notes);
		row = at_least(put_members(d, i, row, row, bus, d->uses), below);
		last = row;
		row += 1 + row % 2;
	}
	return last;
}

static void put_beside(struct drawing *d)
{
	unsigned routes = put_routes_beside(d), bonds = put_bonds_beside(d);

	put_wrapped(d, at_least(routes, bonds) + (routes || bonds), 0, d->width, 2, graph_no_route(d->g));
}

/* ---- one below the other ---- */

static unsigned put_route_alone(struct drawing *d, size_t route, unsigned row)
{
	static struct graph_notes notes;
	const struct route *r = &d->g->config->routes[route];
	char text[200], counts[GRAPH_COUNTS_MAX];
	unsigned from = row + 1, at = 2;

	snprintf(text, sizeof(text), "%zu %s", route + 1, r->name);
	from = row = put_wrapped(d, row, 0, d->width, 2, text);
	graph_source_notes(d->g, route, &notes);
	row = put_notes(d, row, 3, d->width - 3, &notes);
	graph_route_notes(d->g, route, &notes);
	row = put_notes(d, row, 3, d->width - 3, &notes);
	graph_route_counts(d->g, route, counts);
	if (*counts)
		at += (unsigned)strlen(counts) + 4;
	canvas_down(&d->canvas, 0, from, row, ANY_NET);
	canvas_across(&d->canvas, row, 0, at, ANY_NET);
	canvas_head(&d->canvas, row, at);
	if (*counts)
		put_counts(d, row, at - 1, counts);
	return 1 + put_wrapped(d, row, at + 2, d->width > at + 2 ? d->width - at - 2 : 1, 2,
		       r->bond == ROUTE_BOND_NONE ? left_alone : d->g->config->bonds[r->bond].name);
}

static void put_alone(struct drawing *d)
{
	static struct graph_notes notes;
	const struct config *c = d->g->config;
	unsigned row = 0;

	d->uses = 0;
	for (size_t i = 0; i < c->route_count; i++)
		row = put_route_alone(d, i, row);
	row = 1 + put_wrapped(d, row, 0, d->width, 2, graph_no_route(d->g));
	for (size_t i = 0; i < c->bond_count; i++) {
		char counts[GRAPH_COUNTS_MAX], text[100];
		unsigned uses = 0;
		for (uint32_t m = 0; m < c->bonds[i].member_count; m++) {
			graph_member_counts(d->g, c->bonds[i].first_member + m, counts);
			uses = at_least(uses, (unsigned)strlen(counts));
		}
		snprintf(text, sizeof(text), "bond %s", c->bonds[i].name);
		unsigned below = put_wrapped(d, row, 0, d->width, 2, text);
		graph_bond_notes(d->g, i, &notes);
		row = put_notes(d, below, 3, d->width - 3, &notes);
		row = 1 + put_members(d, i, row, c->bonds[i].member_count ? below - 1 : row, 0, uses);
	}
}

void graph_text(const struct graph *g, const struct ladder_style *style, FILE *out)
{
	size_t bonds = g->config->bond_count + 1;
	struct drawing d = {.g = g, .width = style->width > NARROWEST ? style->width : NARROWEST};
	char title[GRAPH_NOTE_MAX];

	d.lane_of = calloc(bonds, sizeof(*d.lane_of));
	d.first = malloc(bonds * sizeof(*d.first));
	d.last = calloc(bonds, sizeof(*d.last));
	if (!d.lane_of || !d.first || !d.last)
		abort();
	memset(d.first, 0xff, bonds * sizeof(*d.first));
	canvas_start(&d.canvas, d.width, style->utf8);
	graph_title(g, title, sizeof(title));
	if (measure(&d))
		put_beside(&d);
	else
		put_alone(&d);
	terminal_puts(out, title);
	fputs("\n\n", out);
	canvas_print(&d.canvas, out);
	canvas_end(&d.canvas);
	free(d.lane_of);
	free(d.first);
	free(d.last);
}
