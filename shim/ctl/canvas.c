/* SPDX-License-Identifier: MIT */
#include "canvas.h"

#include <stdlib.h>
#include <string.h>

#include "config/terminal.h"

#define NOTHING UINT32_MAX

/* By arms. */
static const char *const boxes[16] = {" ", "\u2502", "\u2502", "\u2502", "\u2500", "\u2518", "\u2510", "\u2524", "\u2500",
	"\u2514", "\u250c", "\u251c", "\u2500", "\u2534", "\u252c", "\u25cf"};
static const char plain_boxes[] = " |||-+++-+++-++o";

void canvas_start(struct canvas *c, unsigned width, bool utf8)
{
	*c = (struct canvas){.utf8 = utf8, .width = width};
}

void canvas_end(struct canvas *c)
{
	free(c->cells);
	*c = (struct canvas){0};
}

/* The cell, of a row that is made if need be; NULL: it is beyond the width. */
static struct canvas_cell *cell(struct canvas *c, unsigned row, unsigned column)
{
	if (column >= c->width)
		return NULL;
	if (row >= c->rows) {
		unsigned rows = row + 32;
		struct canvas_cell *more = realloc(c->cells, (size_t)rows * c->width * sizeof(*more));
		if (!more)
			abort();
		memset(more + (size_t)c->rows * c->width, 0, (size_t)(rows - c->rows) * c->width * sizeof(*more));
		c->cells = more;
		c->rows = rows;
	}
	return &c->cells[(size_t)row * c->width + column];
}

static bool is_between(uint32_t code, uint32_t first, uint32_t last)
{
	return code >= first && code <= last;
}

/* Characters of East Asia and pictures have two columns. */
static bool is_wide(uint32_t code)
{
	return is_between(code, 0x1100, 0x115f) || is_between(code, 0x2e80, 0xa4cf) || is_between(code, 0xac00, 0xd7a3) ||
	       is_between(code, 0xf900, 0xfaff) || is_between(code, 0xfe30, 0xfe6f) || is_between(code, 0xff00, 0xff60) ||
	       is_between(code, 0xffe0, 0xffe6) || is_between(code, 0x1f300, 0x1faff) || is_between(code, 0x20000, 0x3fffd);
}

/* Those that have no column of their own would move everything behind them. */
static bool is_narrow(uint32_t code)
{
	return is_between(code, 0x300, 0x36f) || is_between(code, 0x483, 0x489) || is_between(code, 0x591, 0x5bd) ||
	       is_between(code, 0x610, 0x61a) || is_between(code, 0x64b, 0x65f) || is_between(code, 0x200b, 0x200f) ||
	       is_between(code, 0x2060, 0x206f) || is_between(code, 0x20d0, 0x20ff) || is_between(code, 0xfe00, 0xfe0f) ||
	       is_between(code, 0xe0000, 0xe0fff) || code == 0xad;
}

/* The next character: its bytes, and columns. *code 0: it is to be shown as bytes. */
static size_t next(const struct canvas *c, const char *s, size_t n, uint32_t *code, unsigned *columns)
{
	bool plain;
	size_t length = terminal_next(s, n, &plain);

	*code = 0;
	if (plain)
		terminal_decode(s, n, code);
	if (is_narrow(*code) || (*code > '~' && !c->utf8))
		*code = 0;
	*columns = !*code ? 4 * (unsigned)length : is_wide(*code) ? 2 : 1;
	return length;
}

size_t canvas_fit(const struct canvas *c, const char *s, size_t n, unsigned columns)
{
	size_t i = 0, length;
	unsigned taken = 0, more;
	uint32_t code;

	for (; i < n; i += length, taken += more) {
		length = next(c, s + i, n - i, &code, &more);
		if (taken + more > columns)
			break;
	}
	return i;
}

size_t canvas_fit_words(const struct canvas *c, const char *s, size_t n, unsigned columns, unsigned room)
{
	size_t fits = canvas_fit(c, s, n, columns), words = fits;

	if (fits == n)
		return n;
	while (words && s[words - 1] != ' ' && !(words < n && s[words] == ' '))
		words--;
	size_t end = words;
	while (end < n && s[end] != ' ')
		end++;
	bool next_fits = words && words + canvas_fit(c, s + words, end - words, room) == end;
	return next_fits || words > fits / 3 ? words : fits ? fits : 1;
}

unsigned canvas_columns(const struct canvas *c, const char *s)
{
	unsigned taken = 0, more;
	uint32_t code;

	for (size_t i = 0, n = strlen(s); i < n; taken += more)
		i += next(c, s + i, n - i, &code, &more);
	return taken;
}

static void put_code(struct canvas *c, unsigned row, unsigned column, uint32_t code)
{
	struct canvas_cell *k = cell(c, row, column);

	if (k)
		*k = (struct canvas_cell){.code = code};
}

void canvas_put(struct canvas *c, unsigned row, unsigned column, const char *s, size_t n)
{
	unsigned columns;
	uint32_t code;

	for (size_t i = 0, length; i < n; i += length, column += columns) {
		length = next(c, s + i, n - i, &code, &columns);
		if (code) {
			put_code(c, row, column, code);
			if (columns == 2)
				put_code(c, row, column + 1, NOTHING);
			continue;
		}
		for (size_t k = 0; k < length; k++) {
			char text[8];
			snprintf(text, sizeof(text), "\\x%02x", (unsigned char)s[i + k]);
			for (unsigned t = 0; t < 4; t++)
				put_code(c, row, column + 4 * (unsigned)k + t, (unsigned char)text[t]);
		}
	}
}

static void add_arms(struct canvas *c, unsigned row, unsigned column, unsigned arms, uint16_t net)
{
	struct canvas_cell *k = cell(c, row, column);

	if (!k || !arms)
		return;
	k->crossed = k->crossed || (k->arms && k->net != net);
	k->net = net;
	k->arms |= (uint8_t)arms;
}

void canvas_across(struct canvas *c, unsigned row, unsigned from, unsigned to, uint16_t net)
{
	for (unsigned i = from; i <= to; i++)
		add_arms(c, row, i, (i > from ? CANVAS_LEFT : 0u) | (i < to ? CANVAS_RIGHT : 0u), net);
}

void canvas_down(struct canvas *c, unsigned column, unsigned from, unsigned to, uint16_t net)
{
	for (unsigned i = from; i <= to; i++)
		add_arms(c, i, column, (i > from ? CANVAS_UP : 0u) | (i < to ? CANVAS_DOWN : 0u), net);
}

void canvas_head(struct canvas *c, unsigned row, unsigned column)
{
	struct canvas_cell *k = cell(c, row, column);

	if (k)
		k->head = true;
}

static void print_code(uint32_t code, FILE *out)
{
	if (code < 0x80) {
		putc((int)code, out);
		return;
	}
	if (code < 0x800) {
		putc((int)(0xc0 | code >> 6), out);
	} else if (code < 0x10000) {
		putc((int)(0xe0 | code >> 12), out);
		putc((int)(0x80 | (code >> 6 & 0x3f)), out);
	} else {
		putc((int)(0xf0 | code >> 18), out);
		putc((int)(0x80 | (code >> 12 & 0x3f)), out);
		putc((int)(0x80 | (code >> 6 & 0x3f)), out);
	}
	putc((int)(0x80 | (code & 0x3f)), out);
}

static void print_cell(const struct canvas *c, const struct canvas_cell *k, FILE *out)
{
	if (k->code == NOTHING)
		return;
	if (k->code)
		print_code(k->code, out);
	else if (k->head)
		fputs(c->utf8 ? "\u25b6" : ">", out);
	else if (k->crossed)
		fputs(c->utf8 ? "\u253c" : "|", out);
	else if (c->utf8)
		fputs(boxes[k->arms & 15], out);
	else
		putc(plain_boxes[k->arms & 15], out);
}

static bool is_blank(const struct canvas_cell *k)
{
	return !k->arms && !k->head && (!k->code || k->code == ' ');
}

void canvas_print(const struct canvas *c, FILE *out)
{
	unsigned rows = 0;

	for (size_t i = 0; i < (size_t)c->rows * c->width; i++)
		if (!is_blank(&c->cells[i]))
			rows = (unsigned)(i / c->width) + 1;
	for (unsigned row = 0; row < rows; row++) {
		const struct canvas_cell *line = &c->cells[(size_t)row * c->width];
		unsigned n = c->width;
		while (n && is_blank(&line[n - 1]))
			n--;
		for (unsigned i = 0; i < n; i++)
			print_cell(c, &line[i], out);
		putc('\n', out);
	}
}
