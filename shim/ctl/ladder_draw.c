/* SPDX-License-Identifier: MIT */
/* A line is cells first, a byte each, so that arrows can be drawn over one another; signs beyond ASCII are
 * put in when it is printed. */
#include "ladder_words.h"

#include <stdlib.h>

#include "config/model.h"
#include "config/terminal.h"

#define TIME_WIDTH 13    /* "12:00:01.123 " */
#define SPACE_MIN 14     /* between two columns */
#define SPACE_MAX 30
#define LAST_MIN 7       /* of the last one's head */
#define LINE_MAX_CELLS 1024

/* Cells that are no text. */
enum { BAR = 1, DASH, DOT, LEFT, RIGHT, SIGNS };

static const char *const signs[2][SIGNS] = {
	[false] = {[BAR] = "|", [DASH] = "-", [DOT] = ".", [LEFT] = "<", [RIGHT] = ">"},
	[true] = {[BAR] = "\u2502", [DASH] = "\u2500", [DOT] = "\u2508", [LEFT] = "\u25c0",
		[RIGHT] = "\u25b6"}};

struct drawing {
	FILE *out;
	const struct ladder_style *style;
	const struct ladder_call *call;
	unsigned columns; /* that have room; of more, the last stands for the rest */
	unsigned space;
	unsigned note; /* cells for it beside the arrows, 0 = it stands below */
	char cells[LINE_MAX_CELLS];
};

static void blank(struct drawing *d)
{
	memset(d->cells, ' ', sizeof(d->cells));
}

static void print(const struct drawing *d)
{
	size_t n = sizeof(d->cells);

	while (n && d->cells[n - 1] == ' ')
		n--;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)d->cells[i];
		if (c < SIGNS)
			fputs(signs[d->style->utf8][c], d->out);
		else
			putc(c, d->out);
	}
	putc('\n', d->out);
}

static void put(struct drawing *d, size_t at, const char *text, size_t most)
{
	for (size_t i = 0; i < most && text[i] && at + i < sizeof(d->cells); i++)
		d->cells[at + i] = text[i];
}

/* Where the line of a column is. */
static size_t bar_of(const struct drawing *d, unsigned column)
{
	unsigned place = 0;

	while (place < d->call->column_count && d->call->order[place] != column)
		place++;
	if (place >= d->columns)
		place = d->columns - 1;
	return TIME_WIDTH + (size_t)place * d->space;
}

/* Whether that column, from the left, stands for several ends. */
static bool is_of_others(const struct drawing *d, unsigned place)
{
	return (d->call->column_count > d->columns && place == d->columns - 1) ||
		(d->call->others && d->call->order[place] == LADDER_COLUMNS - 1);
}

static bool is_folded(const struct drawing *d, unsigned column)
{
	return is_of_others(d, (unsigned)((bar_of(d, column) - TIME_WIDTH) / d->space));
}

static void put_bars(struct drawing *d)
{
	blank(d);
	for (unsigned i = 0; i < d->columns; i++)
		d->cells[TIME_WIDTH + i * d->space] = BAR;
}

static size_t head_width(const struct drawing *d, unsigned place)
{
	size_t at = TIME_WIDTH + (size_t)place * d->space;

	return place < d->columns - 1 || at >= d->style->width ? d->space - 1 : d->style->width - at;
}

/* How much of it stands in a line of that width: at best the port is on a line of its own. */
static size_t head_part(const char *text, size_t width)
{
	size_t n = strlen(text);
	const char *colon = strrchr(text, ':');

	if (n <= width)
		return n;
	return colon && colon > text && (size_t)(colon - text) <= width ? (size_t)(colon - text) : width;
}

/* The addresses, over as many lines as the longest needs, and what they are. */
static void draw_heads(struct drawing *d)
{
	char texts[LADDER_COLUMNS][ADDR_TEXT_MAX], role[LADDER_NAME + 8];
	const char *rest[LADDER_COLUMNS];
	bool more = true;

	for (unsigned i = 0; i < d->columns; i++) {
		addr_print(&d->call->columns[d->call->order[i]].at, texts[i]);
		if (is_of_others(d, i))
			strcpy(texts[i], "others");
		rest[i] = texts[i];
	}
	while (more) {
		blank(d);
		more = false;
		for (unsigned i = 0; i < d->columns; i++) {
			size_t n = head_part(rest[i], head_width(d, i));
			put(d, TIME_WIDTH + i * d->space, rest[i], n);
			rest[i] += n;
			more = more || *rest[i];
		}
		print(d);
	}
	blank(d);
	for (unsigned i = 0; i < d->columns; i++) {
		ladder_role(&d->call->columns[d->call->order[i]], role, sizeof(role));
		if (!is_of_others(d, i))
			put(d, TIME_WIDTH + i * d->space, role, head_width(d, i));
	}
	print(d);
}

static void fill(struct drawing *d, size_t a, size_t b, char with)
{
	for (size_t i = (a < b ? a : b) + 1; i < (a < b ? b : a); i++)
		d->cells[i] = with;
}

/* From bar a to bar b, with a head at b: two of what was sent before. */
static void put_arrow(struct drawing *d, size_t a, size_t b, const struct ladder_message *m)
{
	char label[LADDER_LABEL_MAX];
	size_t low = a < b ? a : b, span = (a < b ? b : a) - low - 1;

	if (a == b)
		return;
	fill(d, a, b, DASH);
	for (unsigned i = 0; i < (m->again ? 2u : 1u); i++)
		d->cells[a < b ? b - 1 - i : b + 1 + i] = a < b ? RIGHT : LEFT;
	ladder_label(m, span - 3, label, sizeof(label));
	put(d, low + 1 + (span - strlen(label)) / 2, label, span);
}

static void put_note(const struct drawing *d, const struct ladder_message *m, char note[LADDER_NOTE_MAX])
{
	const struct addr *folded = is_folded(d, m->arrived ? m->from : m->to) ? &m->peer
		: is_folded(d, m->arrived ? m->to : m->from) ? &m->own : NULL;

	ladder_note(m, bar_of(d, m->from) != bar_of(d, m->to), folded, note, LADDER_NOTE_MAX);
}

/* Below its arrow, from there on where it has room, over as many lines as it needs. */
static void draw_note(struct drawing *d, const char *note, size_t at)
{
	size_t room = d->style->width - 2;

	while (*note) {
		size_t n = strlen(note);
		if (n > room)
			for (n = room; n > 1 && note[n] != ' '; n--)
				;
		n = n > 1 ? n : room < strlen(note) ? room : strlen(note);
		put_bars(d);
		put(d, at + n <= room ? at : room - n, note, n);
		print(d);
		note += n;
		note += strspn(note, " ");
	}
}

static void draw_message(struct drawing *d, const struct ladder_message *m, int64_t before, bool first)
{
	size_t from = bar_of(d, m->from), to = bar_of(d, m->to), host = bar_of(d, m->host);
	size_t edge = TIME_WIDTH + (size_t)(d->columns - 1) * d->space + 2;
	char note[LADDER_NOTE_MAX], time[40];

	put_note(d, m, note);
	put_bars(d);
	ladder_time(m, before, first, d->style->zone, time, sizeof(time));
	put(d, 0, time, TIME_WIDTH - 1);
	fill(d, host, m->arrived ? to : from, DOT);
	put_arrow(d, from, to, m);
	if (note[0] && d->note >= strlen(note)) {
		put(d, edge, note, d->note);
		print(d);
		return;
	}
	print(d);
	if (!note[0])
		return;
	draw_note(d, note, (from < to ? from : to) + 2);
}

/* How wide columns can be, and whether notes have room beside them. */
static void measure(struct drawing *d)
{
	const struct ladder_call *c = d->call;
	char note[LADDER_NOTE_MAX], label[LADDER_LABEL_MAX], at[ADDR_TEXT_MAX];
	size_t notes = 0, wanted = SPACE_MIN, room = d->style->width > LINE_MAX_CELLS
		? LINE_MAX_CELLS - TIME_WIDTH : d->style->width > TIME_WIDTH ? d->style->width - TIME_WIDTH : 0;
	unsigned fit = (unsigned)(room > LAST_MIN ? (room - LAST_MIN) / SPACE_MIN + 1 : 0);

	d->columns = c->column_count < fit ? c->column_count : fit < 2 ? 2 : fit;
	d->space = SPACE_MIN;
	for (unsigned i = 0; i < c->message_count; i++) {
		put_note(d, &c->messages[i], note);
		ladder_label(&c->messages[i], sizeof(label), label, sizeof(label));
		notes = strlen(note) > notes ? strlen(note) : notes;
		wanted = strlen(label) + 6 > wanted ? strlen(label) + 6 : wanted;
	}
	for (unsigned i = 0; i < d->columns; i++) {
		size_t n = addr_print(&c->columns[c->order[i]].at, at) + 2;
		wanted = n > wanted ? n : wanted;
	}
	wanted = wanted < SPACE_MAX ? wanted : SPACE_MAX;
	if (room >= notes + 2 + (d->columns - 1) * wanted && notes) {
		d->note = (unsigned)(room - 2 - (d->columns - 1) * wanted);
		d->space = (unsigned)wanted;
		return;
	}
	d->note = 0;
	size_t most = room > SPACE_MIN && d->columns > 1 ? (room - 1) / (d->columns - 1) : wanted;
	/* the last one's head stands behind its bar */
	if (d->columns && room / d->columns < most)
		most = room / d->columns;
	d->space = (unsigned)(most > wanted ? wanted : most > SPACE_MIN ? most : SPACE_MIN);
}

void ladder_draw(FILE *out, const struct ladder_style *style, struct ladder_call *c)
{
	struct drawing d = {.out = out, .style = style, .call = c};
	bool first = c->drawn == c->first && c->messages[0].at == c->first;

	measure(&d);
	fputs("Call-ID ", out);
	terminal_puts(out, c->id);
	fputs(first ? "\n" : " (continued)\n", out);
	draw_heads(&d);
	int64_t before = c->drawn;
	for (unsigned i = 0; i < c->message_count; i++) {
		draw_message(&d, &c->messages[i], before, i == 0);
		before = c->messages[i].at;
	}
	putc('\n', out);
	fflush(out);
	ladder_call_drop(c);
}
