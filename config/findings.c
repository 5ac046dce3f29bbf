/* SPDX-License-Identifier: MIT */
/* The list of what a load has to say, and how it is printed: place, text, the line, a caret under
 * the item. Used by the load, by the shim's constructor and by bondctl. */
#include "findings.h"
#include "terminal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

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
	*item = (struct finding){kind, place, length ? (uint32_t)length : 1, text, NULL, NULL};
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

int findings_set_file(struct findings *f, const char *file)
{
	struct finding *item = &f->items[f->count - 1];
	item->file = strdup(file);
	return item->file ? 0 : ENOMEM;
}

int findings_say(struct findings *f, enum finding_kind kind, const char *format, ...)
{
	char *text;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	return findings_add(f, kind, (struct place){0}, 0, NULL, 0, text);
}

static int compare(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;
	if (x->place.list != y->place.list)
		return x->place.list < y->place.list ? -1 : 1;
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

/* Tabs stay, so that the caret lines up; other characters take one column, escaped bytes four. */
static size_t columns(const char *s, size_t n, size_t *length)
{
	bool plain;
	*length = terminal_next(s, n, &plain);
	return plain ? 1 : *length * strlen("\\x00");
}

static void print_caret(const struct finding *item, FILE *out)
{
	const char *s = item->line_text;
	size_t n = strlen(s), at = item->place.column - 1, marks = 0, length, i = 0;
	fputs("    ", out);
	for (; i < at && i < n; i += length) {
		size_t width = s[i] == '\t' ? (length = 1) : columns(s + i, n - i, &length);
		while (width--)
			putc(s[i] == '\t' ? '\t' : ' ', out);
	}
	putc('^', out);
	for (size_t end = at + item->length; i < end && i < n && marks < LINE_SHOWN; i += length)
		marks += columns(s + i, n - i, &length);
	while (marks > 1 && marks--)
		putc('~', out);
	putc('\n', out);
}

static void print_line(const char *s, FILE *out)
{
	fputs("    ", out);
	for (size_t n; *s; s += n) {
		n = strcspn(s, "\t");
		terminal_put(out, s, n);
		if (s[n] == '\t')
			putc(s[n++], out);
	}
	putc('\n', out);
}

static void print_item(const struct finding *item, const char *file, FILE *out)
{
	static const char *const kinds[] = {"error", "warning", "note"};
	terminal_puts(out, item->file ? item->file : file);
	if (item->place.line)
		fprintf(out, ":%u:%u", item->place.line, item->place.column);
	fprintf(out, ": %s: ", kinds[item->kind]);
	terminal_puts(out, item->text);
	putc('\n', out);
	if (!item->line_text)
		return;
	print_line(item->line_text, out);
	print_caret(item, out);
}

void findings_print(const struct findings *f, const char *file, FILE *out, bool all)
{
	static const char *const rest[] = {"error", "warning", "note"};
	size_t counts[] = {0, 0, 0};
	for (size_t i = 0; i < f->count; i++) {
		const struct finding *item = &f->items[i];
		if ((item->kind != FINDING_ERROR && !all) || counts[item->kind]++ >= FINDINGS_SHOWN)
			continue;
		print_item(item, file, out);
	}
	for (size_t kind = 0; kind < sizeof(counts) / sizeof(counts[0]); kind++) {
		size_t more = counts[kind] > FINDINGS_SHOWN ? counts[kind] - FINDINGS_SHOWN : 0;
		if (!more)
			continue;
		terminal_puts(out, file);
		fprintf(out, ": %zu more %s%s not shown\n", more, rest[kind],
			more == 1 ? " is" : "s are");
	}
}

void findings_free(struct findings *f)
{
	for (size_t i = 0; i < f->count; i++) {
		free(f->items[i].text);
		free(f->items[i].line_text);
		free(f->items[i].file);
	}
	free(f->items);
	*f = (struct findings){0};
}
