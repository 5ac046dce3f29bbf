/* SPDX-License-Identifier: MIT */
/* Characters count as one column each. */
#include "columns.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "config/terminal.h"

size_t columns_of(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

/* Takes text over. */
static void add(struct columns *c, char *text)
{
	if (c->count == c->room && !c->failed) {
		size_t room = c->room ? c->room * 2 : 64;
		void *more = realloc(c->cells, room * sizeof(*c->cells));
		c->failed = !more;
		c->cells = more ? more : c->cells;
		c->room = more ? room : c->room;
	}
	c->failed = c->failed || !text;
	if (c->failed)
		free(text);
	else
		c->cells[c->count++] = text;
}

void columns_title(struct columns *c, const char *name, bool number)
{
	if (c->width == COLUMNS_MAX)
		return;
	c->numbers[c->width++] = number;
	add(c, strdup(name));
}

void columns_text(struct columns *c, const char *format, ...)
{
	char *text, *escaped = NULL;
	size_t size;
	va_list args;

	va_start(args, format);
	int n = vasprintf(&text, format, args);
	va_end(args);
	FILE *f = n < 0 ? NULL : open_memstream(&escaped, &size);
	if (f) {
		terminal_puts(f, text);
		fclose(f);
	}
	if (n >= 0)
		free(text);
	add(c, escaped);
}

void columns_number(struct columns *c, uint64_t n)
{
	columns_text(c, "%" PRIu64, n);
}

static void print_cell(const char *text, size_t width, bool number, bool last, FILE *out)
{
	size_t pad = width - columns_of(text);

	for (; number && pad; pad--)
		putc(' ', out);
	fputs(text, out);
	for (; !last && pad; pad--)
		putc(' ', out);
	fputs(last ? "\n" : "  ", out);
}

void columns_print(struct columns *c, const char *indent, FILE *out)
{
	size_t widths[COLUMNS_MAX] = {0};

	for (size_t i = 0; i < c->count; i++) {
		size_t n = columns_of(c->cells[i]);
		if (n > widths[i % c->width])
			widths[i % c->width] = n;
	}
	for (size_t i = 0; i < c->count && !c->failed; i++) {
		unsigned column = (unsigned)(i % c->width);
		if (column == 0)
			fputs(indent, out);
		print_cell(c->cells[i], widths[column], c->numbers[column], column + 1 == c->width, out);
	}
	for (size_t i = 0; i < c->count; i++)
		free(c->cells[i]);
	free(c->cells);
	*c = (struct columns){0};
}
