/* SPDX-License-Identifier: MIT */
/* The list of what a load has to say, and how it is printed: place, text, the line, a caret under
 * the item. Used by the load, by the shim's constructor and by bondctl. */
#include "build.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#define LINE_SHOWN 240 /* bytes of a line that are kept for display */

int findings_add(struct findings *f, enum finding_kind kind, struct place place, size_t length,
	const char *line, size_t line_len, char *text)
{
	struct finding *items = f->items;
	if (!text)
		return ENOMEM;
	if (f->count == 0 || (f->count >= 16 && (f->count & (f->count - 1)) == 0)) {
		items = realloc(items, (f->count ? f->count * 2 : 16) * sizeof(*items));
		if (!items) {
			free(text);
			return ENOMEM;
		}
		f->items = items;
	}
	struct finding *item = &items[f->count];
	*item = (struct finding){kind, place, length ? (uint32_t)length : 1, text, NULL};
	if (line) {
		bool cut = line_len > LINE_SHOWN;
		if (asprintf(&item->line_text, "%.*s%s", cut ? LINE_SHOWN : (int)line_len, line,
			    cut ? "..." : "") < 0)
			item->line_text = NULL;
	}
	f->count++;
	f->error_count += kind == FINDING_ERROR;
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;
	if (x->place.line != y->place.line)
		return x->place.line < y->place.line ? -1 : 1;
	if (x->place.column != y->place.column)
		return x->place.column < y->place.column ? -1 : 1;
	return (int)x->kind - (int)y->kind;
}

void findings_sort(struct findings *f)
{
	if (f->count > 1)
		qsort(f->items, f->count, sizeof(*f->items), compare);
}

/* Tabs stay, so that the caret lines up; a character of several bytes takes one column. */
static void print_caret(const struct finding *item, FILE *out)
{
	const char *s = item->line_text;
	size_t n = strlen(s), at = item->place.column - 1, marks = 0;
	fputs("    ", out);
	for (size_t i = 0; i < at && i < n; i++)
		if (s[i] == '\t')
			putc('\t', out);
		else if ((s[i] & 0xc0) != 0x80)
			putc(' ', out);
	putc('^', out);
	for (size_t i = at + 1; i < at + item->length && i < n; i++)
		if ((s[i] & 0xc0) != 0x80 && marks++ < LINE_SHOWN)
			putc('~', out);
	putc('\n', out);
}

static void print_line(const char *s, FILE *out)
{
	fputs("    ", out);
	for (; *s; s++)
		putc((unsigned char)*s < ' ' && *s != '\t' ? '?' : *s == 127 ? '?' : *s, out);
	putc('\n', out);
}

void findings_print(const struct findings *f, const char *file, FILE *out, bool all)
{
	static const char *const kinds[] = {"error", "warning", "note"};
	for (size_t i = 0; i < f->count; i++) {
		const struct finding *item = &f->items[i];
		if (item->kind != FINDING_ERROR && !all)
			continue;
		fputs(file, out);
		if (item->place.line)
			fprintf(out, ":%u:%u", item->place.line, item->place.column);
		fprintf(out, ": %s: %s\n", kinds[item->kind], item->text);
		if (!item->line_text)
			continue;
		print_line(item->line_text, out);
		print_caret(item, out);
	}
}

void findings_free(struct findings *f)
{
	for (size_t i = 0; i < f->count; i++) {
		free(f->items[i].text);
		free(f->items[i].line_text);
	}
	free(f->items);
	*f = (struct findings){0};
}
