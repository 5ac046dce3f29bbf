/* SPDX-License-Identifier: MIT */
#include "attached.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD_WORDS 4 /* before the name */

size_t attached_begin(const char *text, size_t n)
{
	const char *at = text, *end = text + n;

	while (at < end) {
		if (*at == ATTACHED_SIGN)
			return (size_t)(at - text);
		at = memchr(at, '\n', (size_t)(end - at));
		if (!at)
			break;
		at++;
	}
	return n;
}

/* The head that begins at `at`, without its sign; *next is behind its line. */
static size_t head_line(const char *at, const char *end, const char **next)
{
	const char *newline = memchr(at, '\n', (size_t)(end - at));
	size_t n = (size_t)((newline ? newline : end) - at) - 1;

	*next = newline ? newline + 1 : end;
	return n;
}

/* What stands behind the words of a head. */
static const char *head_name(const char *line, size_t n, size_t *name_n)
{
	const char *at = line, *end = line + n;

	for (int i = 0; i < HEAD_WORDS && at; i++) {
		at = memchr(at, ' ', (size_t)(end - at));
		at = at ? at + 1 : NULL;
	}
	*name_n = at ? (size_t)(end - at) : 0;
	return at;
}

bool attached_find(const char *lists, size_t n, const char *name, size_t name_n, struct attached *found)
{
	const char *at = lists, *end = lists + n, *next;

	while (at < end) {
		size_t line_n = head_line(at, end, &next), its_n;
		const char *its = head_name(at + 1, line_n, &its_n);
		size_t text_n = attached_begin(next, (size_t)(end - next));
		if (its && its_n == name_n && memcmp(its, name, name_n) == 0) {
			*found = (struct attached){atoi(at + 1), next, text_n};
			return true;
		}
		at = next + text_n;
	}
	return false;
}

size_t attached_count(const char *lists, size_t n)
{
	const char *at = lists, *end = lists + n, *next;
	size_t count = 0;

	for (; at < end; count++) {
		head_line(at, end, &next);
		at = next + attached_begin(next, (size_t)(end - next));
	}
	return count;
}

uint64_t attached_stamp_add(uint64_t stamp, const char *line, size_t n)
{
	stamp = stamp ? stamp : 0xcbf29ce484222325;
	for (size_t i = 0; i <= n; i++)
		stamp = (stamp ^ (i < n ? (unsigned char)line[i] : '\n')) * 0x100000001b3;
	return stamp ? stamp : 1;
}

uint64_t attached_stamp(const char *text, size_t n)
{
	const char *at = text + attached_begin(text, n), *end = text + n, *next;
	uint64_t stamp = 0;

	while (at < end) {
		size_t line_n = head_line(at, end, &next);
		stamp = attached_stamp_add(stamp, at + 1, line_n);
		at = next + attached_begin(next, (size_t)(end - next));
	}
	return stamp;
}
