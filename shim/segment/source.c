/* SPDX-License-Identifier: MIT */
#include "source.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/keys.h"

int source_append(void **bytes, size_t image_size, const struct source *s, const char *path,
	const char *text, size_t text_n, size_t *total)
{
	struct source head = *s;
	size_t at = source_at(image_size), path_n = path ? strlen(path) : 0;

	if (path_n >= SOURCE_PATH_MAX)
		path_n = 0;
	head.magic = SOURCE_MAGIC;
	head.path_size = (uint32_t)path_n + 1;
	head.text_size = text && text_n <= SOURCE_TEXT_MAX ? (uint32_t)text_n + 1 : 0;
	*total = at + source_size(&head);
	char *p = realloc(*bytes, *total);
	if (!p)
		return ENOMEM;
	*bytes = p;
	memset(p + image_size, 0, *total - image_size);
	memcpy(p + at, &head, sizeof(head));
	if (path_n)
		memcpy(p + at + sizeof(head), path, path_n);
	if (head.text_size)
		memcpy(p + at + sizeof(head) + head.path_size, text, text_n);
	return 0;
}

bool source_check(const void *bytes, size_t size, const char **path, const char **text)
{
	const struct source *s = bytes;

	if (size < sizeof(*s) || s->magic != SOURCE_MAGIC || s->path_size < 1 ||
		s->path_size > SOURCE_PATH_MAX || s->text_size > SOURCE_TEXT_MAX + 1 ||
		source_size(s) > size)
		return false;
	*path = (const char *)(s + 1);
	*text = s->text_size ? *path + s->path_size : NULL;
	return !(*path)[s->path_size - 1] && (!*text || !(*text)[s->text_size - 1]);
}

static bool is_blank(char ch)
{
	return ch == ' ' || ch == '\t';
}

static void blank(char *s, const char *end)
{
	while (s < end && is_blank(*s))
		s++;
	for (; s < end && *s != '\r'; s++)
		*s = '*';
}

/* A comment says nothing to libbond, and may say a secret. */
static void blank_comment(char *line, const char *end)
{
	char *s = line;

	while (s < end && is_blank(*s))
		s++;
	bool whole = s < end && (*s == ';' || *s == '#');
	while (!whole && s < end && !(*s == ';' && s > line && is_blank(s[-1])))
		s++;
	if (s < end)
		blank(s + 1, end);
}

/* The key that an indented or other line begins with, 0 bytes = none; *value is behind its sign. */
static struct word key_of(char *line, char *end, char **value)
{
	while (line < end && is_blank(*line))
		line++;
	struct word key = {line, 0};
	char *s = line;
	while (s < end && (isalnum((unsigned char)*s) || *s == '-' || *s == '_'))
		s++;
	key.n = (size_t)(s - line);
	while (s < end && is_blank(*s))
		s++;
	if (s == end || *s != '=')
		key.n = 0;
	*value = s + (key.n != 0);
	return key;
}

/* As config/lines.c tells it: a bracketed IPv6 address is none. */
static bool is_section(const char *s, const char *end)
{
	const char *close = s < end && *s == '[' ? memchr(s, ']', (size_t)(end - s)) : NULL;

	for (; close && ++s < close;) {
		if (*s == '%')
			return false;
		if (!strchr("0123456789abcdefABCDEF:. ", *s))
			return true;
	}
	return false;
}

void source_blank(char *text, size_t n)
{
	char *all_end = text + n, *value;
	bool in_secret = false;

	for (char *line = text, *next; line < all_end; line = next) {
		char *newline = memchr(line, '\n', (size_t)(all_end - line)), *s = line;
		char *end = newline ? newline : all_end;
		next = newline ? newline + 1 : all_end;
		struct word key = key_of(line, end, &value);
		while (s < end && is_blank(*s))
			s++;
		if (s == end || strchr(";#\r", *s)) {
			blank_comment(line, end);
		} else if (key.n && word_is(key, "secret")) {
			blank(value, end);
			in_secret = true;
		} else if (in_secret && s > line && !(key.n && keys_known(NULL, key)) && !is_section(s, end)) {
			blank(line, end); /* it goes on here */
		} else {
			blank_comment(line, end);
			in_secret = false;
		}
	}
}
