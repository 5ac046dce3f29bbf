/* SPDX-License-Identifier: MIT */
/* Letters are all of one width, which fonts differ in: the widest counts. A column for each end is as wide as
 * what stands in it, and notes stand right of all, so that nothing lies upon another. Colours are Okabe and
 * Ito's; what they say stands there in words. */
#include "ladder_svg.h"

#include <stdlib.h>
#include <string.h>

#include "ladder_words.h"
#include "svg.h"

#define LETTER 8   /* of 12 pixels, at most, in width */
#define EDGE 16
#define TIME 116
#define ROW 30
#define TITLE 24
#define HEAD 44
#define BELOW 40
#define SPACE_MIN 150

static const char blue[] = "#0072B2", green[] = "#007A57", red[] = "#B34700", grey[] = "#555555";

struct drawing {
	struct ladder_svg *svg;
	FILE *out;
	const struct ladder_style *style;
	const struct ladder_call *call;
	unsigned first, space, head; /* x of the first column, from one to the next; of their heads */
	unsigned notes; /* x */
	unsigned y;
};

static unsigned at_least(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

static unsigned text_width(const char *s)
{
	return (unsigned)strlen(s) * LETTER;
}

static void put_text(struct drawing *d, unsigned x, unsigned y, const char *more, const char *s)
{
	fprintf(d->out, "<text x=\"%u\" y=\"%u\"%s>", x, y, more);
	svg_put(d->out, s, strlen(s));
	fputs("</text>\n", d->out);
}

static unsigned place_of(const struct drawing *d, unsigned column)
{
	unsigned place = 0;

	while (place + 1 < d->call->column_count && d->call->order[place] != column)
		place++;
	return place;
}

static unsigned x_of(const struct drawing *d, unsigned column)
{
	return d->first + place_of(d, column) * d->space;
}

static bool is_of_others(const struct drawing *d, unsigned column)
{
	return d->call->others && column == LADDER_COLUMNS - 1;
}

static void note_text(const struct drawing *d, const struct ladder_message *m, char note[LADDER_NOTE_MAX])
{
	const struct addr *folded = is_of_others(d, m->arrived ? m->from : m->to) ? &m->peer
		: is_of_others(d, m->arrived ? m->to : m->from) ? &m->own : NULL;

	ladder_note(m, m->from != m->to, folded, note, LADDER_NOTE_MAX);
}

static void head_texts(const struct drawing *d, unsigned column, char at[ADDR_TEXT_MAX], char role[LADDER_NAME + 8])
{
	const struct ladder_column *k = &d->call->columns[column];

	addr_print(&k->at, at);
	ladder_role(k, role, LADDER_NAME + 8);
	if (is_of_others(d, column)) {
		strcpy(at, "others");
		*role = 0;
	}
}

static void measure(struct drawing *d)
{
	const struct ladder_call *c = d->call;
	char at[ADDR_TEXT_MAX], role[LADDER_NAME + 8], label[LADDER_LABEL_MAX], note[LADDER_NOTE_MAX];
	unsigned notes = 0;

	d->space = SPACE_MIN;
	for (unsigned i = 0; i < c->column_count; i++) {
		head_texts(d, i, at, role);
		d->head = at_least(d->head, at_least(text_width(at), text_width(role)) + 12);
	}
	for (unsigned i = 0; i < c->message_count; i++) {
		ladder_label(&c->messages[i], sizeof(label), label, sizeof(label));
		note_text(d, &c->messages[i], note);
		d->space = at_least(d->space, text_width(label) + 40);
		notes = at_least(notes, text_width(note));
	}
	d->space = at_least(d->space, d->head + 16);
	d->first = EDGE + TIME + d->head / 2;
	unsigned last = d->first + (c->column_count - 1) * d->space;
	d->notes = last + 16;
	unsigned width = at_least(last + d->head / 2, d->notes + notes) + EDGE;
	width = at_least(width, EDGE * 2 + text_width("Call-ID  (continued)") + text_width(c->id));
	d->svg->width = at_least(d->svg->width, width);
}

static void draw_heads(struct drawing *d)
{
	char at[ADDR_TEXT_MAX], role[LADDER_NAME + 8];
	unsigned bottom = d->y + HEAD + ROW * d->call->message_count + 8;

	for (unsigned i = 0; i < d->call->column_count; i++) {
		unsigned x = x_of(d, i);
		bool own = d->call->columns[i].role;
		head_texts(d, i, at, role);
		fprintf(d->out, "<line x1=\"%u\" y1=\"%u\" x2=\"%u\" y2=\"%u\" stroke=\"#999999\"/>\n", x, d->y + 38, x, bottom);
		fprintf(d->out, "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"38\" rx=\"3\" fill=\"%s\" stroke=\"%s\"/>\n",
			x - d->head / 2, d->y, d->head, own ? "#DCEBF7" : "#F2F2F2", own ? blue : grey);
		put_text(d, x, d->y + (*role ? 16 : 23), " text-anchor=\"middle\" font-weight=\"bold\"", at);
		if (*role)
			put_text(d, x, d->y + 31, " text-anchor=\"middle\"", role);
	}
	d->y += HEAD;
}

static const char *color_of(const struct ladder_message *m)
{
	return !m->response ? blue : m->start[0] >= '3' ? red : green;
}

/* From x to x, two heads for what was sent before. */
static void draw_arrow(struct drawing *d, const struct ladder_message *m, unsigned from, unsigned to)
{
	char label[LADDER_LABEL_MAX];
	const char *color = color_of(m);
	unsigned middle = (from + to) / 2;
	int back = to > from ? -1 : 1;

	fprintf(d->out, "<line x1=\"%u\" y1=\"%u\" x2=\"%d\" y2=\"%u\" stroke=\"%s\" stroke-width=\"1.5\"/>\n", from, d->y,
		(int)to + 8 * back, d->y, color);
	for (int i = 0; i < (m->again ? 2 : 1); i++) {
		int tip = (int)to + 9 * i * back;
		fprintf(d->out, "<path d=\"M%d %u L%d %u L%d %u Z\" fill=\"%s\"/>\n", tip, d->y, tip + 9 * back, d->y - 4,
			tip + 9 * back, d->y + 4, color);
	}
	ladder_label(m, sizeof(label), label, sizeof(label));
	fprintf(d->out, "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"14\" fill=\"white\"/>\n",
		middle - text_width(label) / 2, d->y - 17, text_width(label));
	char more[80];
	snprintf(more, sizeof(more), " text-anchor=\"middle\" fill=\"%s\"", color);
	put_text(d, middle, d->y - 6, more, label);
}

static void draw_message(struct drawing *d, const struct ladder_message *m, int64_t before, bool first)
{
	unsigned from = x_of(d, m->from), to = x_of(d, m->to), host = x_of(d, m->host), own = m->arrived ? to : from;
	char text[40], note[LADDER_NOTE_MAX];

	d->y += ROW;
	ladder_time(m, before, first, d->style->zone, text, sizeof(text));
	put_text(d, EDGE, d->y + 4, " fill=\"#555555\"", text);
	if (host != own)
		fprintf(d->out, "<line x1=\"%u\" y1=\"%u\" x2=\"%u\" y2=\"%u\" stroke=\"%s\" stroke-width=\"1.5\" "
				"stroke-dasharray=\"2 4\"/>\n",
			host, d->y, own, d->y, grey);
	if (from != to)
		draw_arrow(d, m, from, to);
	note_text(d, m, note);
	if (*note)
		put_text(d, d->notes, d->y + 4, " fill=\"#333333\"", note);
}

bool ladder_svg_start(struct ladder_svg *s)
{
	*s = (struct ladder_svg){.width = 400, .height = EDGE};
	s->body = open_memstream(&s->text, &s->n);
	return s->body != NULL;
}

bool ladder_svg_draw(struct ladder_svg *s, const struct ladder_style *style, struct ladder_call *c)
{
	struct drawing d = {.svg = s, .out = s->body, .style = style, .call = c, .y = s->height};
	bool first = c->drawn == c->first && c->messages[0].at == c->first;
	unsigned height = TITLE + HEAD + ROW * c->message_count + BELOW;
	char title[sizeof(c->id) + 32];

	if (s->height + height > LADDER_SVG_MOST) {
		ladder_call_drop(c);
		return false;
	}
	measure(&d);
	snprintf(title, sizeof(title), "Call-ID %s%s", c->id, first ? "" : " (continued)");
	put_text(&d, EDGE, d.y + 12, " font-weight=\"bold\"", title);
	d.y += TITLE;
	draw_heads(&d);
	int64_t before = c->drawn;
	for (unsigned i = 0; i < c->message_count; i++) {
		draw_message(&d, &c->messages[i], before, i == 0);
		before = c->messages[i].at;
	}
	s->height = d.y + BELOW;
	ladder_call_drop(c);
	return true;
}

bool ladder_svg_end(struct ladder_svg *s, FILE *out)
{
	bool good = fclose(s->body) == 0;

	if (good) {
		fprintf(out,
			"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
			"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\" viewBox=\"0 0 %u %u\" "
			"font-family=\"DejaVu Sans Mono,Menlo,Consolas,monospace\" font-size=\"12\" fill=\"#222222\">\n"
			"<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
			s->width, s->height, s->width, s->height);
		fwrite(s->text, 1, s->n, out);
		fputs("</svg>\n", out);
	}
	free(s->text);
	*s = (struct ladder_svg){0};
	return good;
}
