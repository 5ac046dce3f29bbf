/* SPDX-License-Identifier: MIT */
/* `to = @FILE`: a list of destinations in a file of its own, one or several a line, with comments. Its lines are
 * the current ones while it is read, so that what is said of them names them. Part of the load. */
#include "attach.h"
#include "attached.h"
#include "lines.h"

#include <errno.h>
#include <stdlib.h>

#define LINE_MAX_LIST 65535 /* bytes; a place has room for so many */

static void collect(struct build *b, struct word name)
{
	struct list_names *names = b->wanted;
	size_t n = names->count;

	for (size_t i = 0; i < n; i++)
		if (strlen(names->items[i]) == name.n && memcmp(names->items[i], name.s, name.n) == 0)
			return;
	if ((n & (n - 1)) == 0) {
		char **more = realloc(names->items, (n ? n * 2 : 1) * sizeof(*more));
		if (!more) {
			b->no_memory = true;
			return;
		}
		names->items = more;
	}
	names->items[n] = strndup(name.s, name.n);
	if (names->items[n])
		names->count++;
	else
		b->no_memory = true;
}

/* The number of the list by which places name it, 0 = none is left. */
static uint16_t number_list(struct build *b, struct word name)
{
	struct config *c = b->c;
	char folder[PATH_MAX], path[PATH_MAX];
	const char *shown = b->folder, *slash = c->file ? strrchr(c->file, '/') : NULL;

	for (size_t i = 0; i < c->list_count; i++)
		if (strlen(c->lists[i].name) == name.n && memcmp(c->lists[i].name, name.s, name.n) == 0)
			return (uint16_t)(i + 1);
	if (c->list_count == UINT16_MAX) {
		build_error(b, name, "more than %d lists", UINT16_MAX);
		return 0;
	}
	if (!shown) {
		snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - c->file) + (slash == c->file) : 0, c->file);
		shown = folder;
	}
	if (!attach_path(shown, name.s, name.n, path) || !build_grow(b, &c->lists, c->list_count, sizeof(*c->lists)))
		return 0;
	char *copy = build_strdup(b, name), *where = build_strdup(b, (struct word){path, strlen(path)});
	if (!copy || !where)
		return 0;
	c->lists[c->list_count++] = (struct list_file){copy, where};
	return (uint16_t)c->list_count;
}

/* A list may come from others, who write '#' for it too. */
static struct word without_remark(struct word w)
{
	for (size_t i = 1; i < w.n; i++)
		if ((w.s[i] == ';' || w.s[i] == '#') && (w.s[i - 1] == ' ' || w.s[i - 1] == '\t')) {
			w.n = i;
			break;
		}
	return word_trim(w);
}

static void read_line(struct build *b)
{
	struct word w = word_trim((struct word){b->line, b->line_len}), item;

	if (!line_is_clean(b, w) || w.n == 0 || w.s[0] == ';' || w.s[0] == '#')
		return;
	if (b->line_len > LINE_MAX_LIST) {
		build_error(b, (struct word){b->line + LINE_MAX_LIST - 1, 1}, "this line has %zu bytes, at most %d are read: "
			"write a destination on a line of its own", b->line_len, LINE_MAX_LIST);
		return;
	}
	if (w.s[0] == '[' && !memchr(w.s, ':', w.n)) {
		build_error(b, w, "a list has destinations alone, and no sections");
		return;
	}
	const char *equals = memchr(w.s, '=', w.n);
	if (equals) {
		build_error(b, w, "a list has destinations alone: leave what stands before them, and '=', out");
		return;
	}
	w = without_remark(w);
	while (word_next_item(b, &w, &item))
		if (item.s[0] == '@')
			build_error(b, item, "a list names no other list: name it in the route as well");
		else
			target_add(b, item);
}

static void read_text(struct build *b, const struct attached *list)
{
	const char *at = list->text, *end = at + list->n;

	if (list->n >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0)
		at += 3;
	for (b->number = 1; at < end; b->number++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		b->line = at;
		b->line_len = (size_t)((newline ? newline : end) - at);
		if (b->line_len && at[b->line_len - 1] == '\r')
			b->line_len--;
		read_line(b);
		at = newline ? newline + 1 : end;
	}
}

static const char *reason(int error)
{
	return error == EFBIG ? "it and the file have more than 256 MiB together"
		: error == EILSEQ ? "a line begins with a control character (0x1c)"
		: error == EINVAL ? "it is no plain file" : strerror(error);
}

void listed_add(struct build *b, struct word item)
{
	struct word name = word_trim((struct word){item.s + 1, item.n - 1});
	struct attached list;
	const struct build at = *b;

	if (name.n == 0) {
		build_error(b, item, "no file stands after '@': write @FILE, with a destination on each line of it");
		return;
	}
	if (b->wanted) {
		collect(b, name);
		return;
	}
	uint16_t number = number_list(b, name);
	if (!number)
		return;
	const char *path = b->c->lists[number - 1].path;
	if (!attached_find(b->attached, b->attached_n, name.s, name.n, &list)) {
		build_error(b, item, "the list %s was not read", path);
		return;
	}
	if (list.error) {
		build_error(b, item, "cannot read the list %s: %s", path, reason(list.error));
		return;
	}
	size_t before = b->c->target_count, errors = b->f->error_count;
	b->list = number;
	read_text(b, &list);
	b->list = 0;
	b->line = at.line;
	b->line_len = at.line_len;
	b->number = at.number;
	if (b->c->target_count == before && b->f->error_count == errors)
		build_warn(b, item, "there is no destination in the list %s", path);
}
