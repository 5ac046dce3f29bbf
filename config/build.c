/* SPDX-License-Identifier: MIT */
/* Helpers of the load: findings about a word, lists of words, arrays that grow. */
#include "build.h"
#include "attached.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

static size_t line_length(const struct build *b, const char *start)
{
	const char *end = memchr(start, '\n', (size_t)(b->text + b->size - start));
	size_t n = (size_t)((end ? end : b->text + b->size) - start);
	return n && start[n - 1] == '\r' ? n - 1 : n;
}

/* The same of a list, of which few lines are shown. */
static const char *list_line(const struct build *b, struct place place, size_t *n)
{
	const char *name = b->c->lists[place.list - 1].name;
	struct attached list;

	if (!attached_find(b->attached, b->attached_n, name, strlen(name), &list))
		return NULL;
	const char *at = list.text, *end = at + list.n;
	for (uint32_t i = 1; at && i < place.line; i++) {
		at = memchr(at, '\n', (size_t)(end - at));
		at = at ? at + 1 : NULL;
	}
	const char *newline = at ? memchr(at, '\n', (size_t)(end - at)) : NULL;
	*n = at ? (size_t)((newline ? newline : end) - at) : 0;
	return at;
}

/* The text of a line that may be long gone by; built once, so that many findings stay cheap. */
static const char *old_line(struct build *b, uint32_t number, size_t *n)
{
	if (!b->lines) {
		size_t count = 1;
		for (size_t i = 0; i < b->size; i++)
			count += b->text[i] == '\n';
		b->lines = malloc(count * sizeof(*b->lines));
		if (!b->lines)
			return NULL;
		const char *at = b->text, *end = b->text + b->size;
		b->line_count = 0;
		while (at && b->line_count < count) {
			b->lines[b->line_count++] = at;
			at = memchr(at, '\n', (size_t)(end - at));
			at = at ? at + 1 : NULL;
		}
	}
	if (number == 0 || number > b->line_count)
		return NULL;
	*n = line_length(b, b->lines[number - 1]);
	return b->lines[number - 1];
}

static bool is_blank(char ch)
{
	return ch == ' ' || ch == '\t';
}

static bool is_key_character(char ch)
{
	return isalnum((unsigned char)ch) || ch == '-' || ch == '_';
}

bool build_is_secret(struct word key)
{
	struct suggest s;
	suggest_start(&s, key.s, key.n);
	suggest_offer(&s, "secret");
	return s.best != NULL;
}

/* Where the secret of a line begins, n = it has none. "secret" may be misspelt, and '=' as well. */
static size_t find_secret(const char *line, size_t n)
{
	bool first = true;
	for (size_t i = 0; i < n;) {
		size_t begin = i;
		while (i < n && is_key_character(line[i]))
			i++;
		if (i == begin) {
			first = first && is_blank(line[i]);
			i++;
			continue;
		}
		size_t after = i;
		while (after < n && is_blank(line[after]))
			after++;
		bool sign = after < n && (line[after] == '=' || line[after] == ':');
		if ((first || sign) && build_is_secret((struct word){line + begin, i - begin}))
			return after + sign;
		first = false;
	}
	return n;
}

/* A key of tokens must not end up in a log: a copy of its line with stars in place of the value. */
static char *hide_secret(const struct build *b, const char *line, size_t n)
{
	size_t at = b->secret && line == b->line ? 0 : find_secret(line, n);
	if (at == n)
		return NULL;
	char *copy = malloc(n + 1);
	if (!copy)
		return NULL;
	memcpy(copy, line, n);
	for (; at < n; at++)
		if (!is_blank(line[at]))
			copy[at] = '*';
	return copy;
}

static void say(struct build *b, enum finding_kind kind, struct place place, size_t length,
	const char *format, va_list args)
{
	char *text;
	size_t n = b->line_len;
	const char *line = b->line;
	if (place.line == 0)
		line = NULL;
	else if (place.list && (place.list != b->list || place.line != b->number))
		line = list_line(b, place, &n);
	else if (place.list != b->list || place.line != b->number)
		line = old_line(b, place.line, &n);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	char *hidden = line ? hide_secret(b, line, n) : NULL;
	if (findings_add(b->f, kind, place, length, hidden ? hidden : line, n, text) ||
		(place.list && findings_set_file(b->f, b->c->lists[place.list - 1].path)))
		b->no_memory = true;
	free(hidden);
}

void build_say(struct build *b, enum finding_kind kind, struct place place, size_t length,
	const char *format, ...)
{
	va_list args;
	va_start(args, format);
	say(b, kind, place, length, format, args);
	va_end(args);
}

void build_error(struct build *b, struct word w, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	say(b, FINDING_ERROR, build_place(b, w), w.n, format, args);
	va_end(args);
}

void build_absent(struct build *b, struct word w, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	say(b, FINDING_ERROR, build_place(b, w), w.n, format, args);
	va_end(args);
	b->f->absent_count++;
}

void build_warn(struct build *b, struct word w, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	say(b, FINDING_WARNING, build_place(b, w), w.n, format, args);
	va_end(args);
}

struct place build_place(const struct build *b, struct word w)
{
	ptrdiff_t column = w.s - b->line + 1;
	return (struct place){b->number, column < UINT16_MAX ? (uint16_t)column : UINT16_MAX, b->list};
}

const char *build_where(const struct config *c, struct place place, char *buf)
{
	if (place.list && place.list <= c->list_count)
		snprintf(buf, BUILD_WHERE_MAX, "line %u of %s", place.line, c->lists[place.list - 1].path);
	else
		snprintf(buf, BUILD_WHERE_MAX, place.list ? "line %u of a list" : "line %u", place.line);
	return buf;
}

const char *did_you_mean(const struct suggest *s, char *buf)
{
	if (!s->best || snprintf(buf, DID_YOU_MEAN_MAX, ": did you mean %s?", s->best) < 0)
		return "";
	return buf;
}

bool build_grow(struct build *b, void *array, size_t count, size_t size)
{
	void **p = array;
	if (count != 0 && (count < 16 || (count & (count - 1)) != 0))
		return true;
	void *bigger = config_resize(b->c, *p, (count ? count * 2 : 16) * size);
	if (!bigger) {
		b->no_memory = true;
		return false;
	}
	*p = bigger;
	return true;
}

char *build_strdup(struct build *b, struct word w)
{
	char *copy = config_strdup(b->c, w.s, w.n);
	if (!copy)
		b->no_memory = true;
	return copy;
}

struct word word_trim(struct word w)
{
	while (w.n && is_blank(w.s[0])) {
		w.s++;
		w.n--;
	}
	while (w.n && is_blank(w.s[w.n - 1]))
		w.n--;
	return w;
}

bool word_is(struct word w, const char *text)
{
	return strlen(text) == w.n && strncasecmp(w.s, text, w.n) == 0;
}

bool word_next_item(struct build *b, struct word *list, struct word *item)
{
	while (word_trim(*list).n) {
		const char *comma = memchr(list->s, ',', list->n);
		size_t n = comma ? (size_t)(comma - list->s) : list->n;
		size_t taken = n + (comma != NULL);
		struct word at = {list->s + n, 1};
		*item = word_trim((struct word){list->s, n});
		list->s += taken;
		list->n -= taken;
		if (item->n)
			return true;
		build_error(b, at, "nothing stands before this comma: remove it");
	}
	return false;
}

bool word_next(struct word *list, struct word *item)
{
	struct word rest = word_trim(*list);
	size_t n = 0;
	while (n < rest.n && !is_blank(rest.s[n]))
		n++;
	*item = (struct word){rest.s, n};
	*list = (struct word){rest.s + n, rest.n - n};
	return n > 0;
}

bool word_number(struct word w, uint32_t max, uint32_t *value)
{
	uint64_t v = 0;
	if (w.n == 0 || w.n > 10)
		return false;
	for (size_t i = 0; i < w.n; i++) {
		if (w.s[i] < '0' || w.s[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(w.s[i] - '0');
	}
	*value = (uint32_t)v;
	return v <= max;
}
