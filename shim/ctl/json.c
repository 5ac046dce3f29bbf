/* SPDX-License-Identifier: MIT */
/* The level that is open knows whether a comma is due. */
#include "json.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "config/terminal.h"

void json_start(struct json *j, FILE *out)
{
	*j = (struct json){.out = out};
}

bool json_finish(struct json *j)
{
	bool whole = !j->wrong && j->depth == 0 && (j->filled & 1);

	fputc('\n', j->out);
	return whole;
}

/* What a terminal obeys is escaped, too; all of it is below U+10000. */
static void put_text(FILE *out, const char *s)
{
	size_t n = strlen(s), length;
	bool plain;

	fputc('"', out);
	for (size_t i = 0; i < n; i += length) {
		uint32_t code;
		length = terminal_next(s + i, n - i, &plain);
		if (s[i] == '"' || s[i] == '\\')
			fprintf(out, "\\%c", s[i]);
		else if (plain)
			fwrite(s + i, 1, length, out);
		else
			fprintf(out, "\\u%04" PRIx32,
				terminal_decode(s + i, n - i, &code) ? code : UINT32_C(0xfffd));
	}
	fputc('"', out);
}

/* False: nothing is to be written. */
static bool begin(struct json *j, const char *key)
{
	uint32_t level = UINT32_C(1) << j->depth;

	if (j->wrong)
		return false;
	if (j->filled & level)
		fputc(',', j->out);
	j->filled |= level;
	if (key) {
		put_text(j->out, key);
		fputc(':', j->out);
	}
	return true;
}

static void open_level(struct json *j, const char *key, bool array)
{
	if (j->depth + 1 == JSON_DEPTH_MAX)
		j->wrong = true;
	if (!begin(j, key))
		return;
	uint32_t level = UINT32_C(1) << ++j->depth;
	j->arrays = array ? j->arrays | level : j->arrays & ~level;
	j->filled &= ~level;
	fputc(array ? '[' : '{', j->out);
}

void json_object(struct json *j, const char *key)
{
	open_level(j, key, false);
}

void json_array(struct json *j, const char *key)
{
	open_level(j, key, true);
}

void json_end(struct json *j)
{
	if (j->depth == 0)
		j->wrong = true;
	if (j->wrong)
		return;
	fputc(j->arrays >> j->depth & 1 ? ']' : '}', j->out);
	j->depth--;
}

void json_text(struct json *j, const char *key, const char *s)
{
	if (!s)
		json_null(j, key);
	else if (begin(j, key))
		put_text(j->out, s);
}

void json_textf(struct json *j, const char *key, const char *format, ...)
{
	char *text;
	va_list args;

	va_start(args, format);
	int n = vasprintf(&text, format, args);
	va_end(args);
	json_text(j, key, n < 0 ? NULL : text);
	if (n >= 0)
		free(text);
}

void json_number(struct json *j, const char *key, uint64_t n)
{
	if (begin(j, key))
		fprintf(j->out, "%" PRIu64, n);
}

void json_bool(struct json *j, const char *key, bool b)
{
	if (begin(j, key))
		fputs(b ? "true" : "false", j->out);
}

void json_null(struct json *j, const char *key)
{
	if (begin(j, key))
		fputs("null", j->out);
}
