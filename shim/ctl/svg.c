/* SPDX-License-Identifier: MIT */
#include "svg.h"

#include <string.h>

#include "config/terminal.h"

void svg_put(FILE *out, const char *s, size_t n)
{
	uint32_t code;
	bool plain;

	for (size_t i = 0, length; i < n; i += length) {
		length = terminal_next(s + i, n - i, &plain);
		/* U+FFFE and U+FFFF are no characters of XML */
		if (plain && terminal_decode(s + i, n - i, &code) && (code & 0xfffe) == 0xfffe)
			plain = false;
		if (s[i] == '\n')
			putc('\n', out);
		else if (plain && strchr("&<>\"'", s[i]))
			fprintf(out, "&#%d;", s[i]);
		else if (plain)
			fwrite(s + i, 1, length, out);
		else
			for (size_t k = i; k < i + length; k++)
				fprintf(out, "\\x%02x", (unsigned char)s[k]);
	}
}
