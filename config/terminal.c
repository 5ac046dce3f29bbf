/* SPDX-License-Identifier: MIT */
/* Characters of UTF-8 pass, but for those that control. */
#include "terminal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

size_t terminal_decode(const char *text, size_t n, uint32_t *code)
{
	const unsigned char *s = (const unsigned char *)text;
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3
		: s[0] < 0xf5 ? 4 : 0;
	if (!length || length > n)
		return 0;
	*code = length == 1 ? s[0] : s[0] & (0xffu >> (length + 1));
	for (size_t i = 1; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (s[i] & 0x3f);
	}
	if (*code < least[length] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000))
		return 0;
	return length;
}

static bool is_obeyed(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c || code == 0x200e ||
		code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
		(code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

size_t terminal_next(const char *s, size_t n, bool *plain)
{
	uint32_t code = 0;
	size_t length = terminal_decode(s, n, &code);
	*plain = length && !is_obeyed(code);
	return length ? length : 1;
}

void terminal_put(FILE *out, const char *s, size_t n)
{
	for (size_t i = 0, length; i < n; i += length) {
		bool plain;
		length = terminal_next(s + i, n - i, &plain);
		for (size_t k = i; k < i + length; k++)
			if (plain)
				putc(s[k], out);
			else
				fprintf(out, "\\x%02x", (unsigned char)s[k]);
	}
}

void terminal_puts(FILE *out, const char *s)
{
	terminal_put(out, s, strlen(s));
}

void terminal_printf(FILE *out, const char *format, ...)
{
	char *text;
	va_list args;
	va_start(args, format);
	int n = vasprintf(&text, format, args);
	va_end(args);
	if (n < 0)
		return;
	for (char *line = text, *end; *line; line = end) {
		end = line + strcspn(line, "\n");
		terminal_put(out, line, (size_t)(end - line));
		if (*end)
			putc(*end++, out);
	}
	free(text);
}
