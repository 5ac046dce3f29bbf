/* SPDX-License-Identifier: MIT */
/* By "Quoting" in systemd.service(5), and "Specifiers" in systemd.unit(5). */
#include "unit_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- words ---- */

/* What the letters behind a backslash mean; *p, at the first of them, is moved to the last. */
static char escaped(const char **p)
{
	static const char names[] = "abfnrtvs", means[] = "\a\b\f\n\r\t\v ";
	const char *found = strchr(names, **p);
	char digits[4] = "", *end;
	bool hexadecimal = **p == 'x';

	if (hexadecimal || (**p >= '0' && **p <= '3')) {
		snprintf(digits, sizeof(digits), "%.*s", hexadecimal ? 2 : 3, *p + hexadecimal);
		long code = strtol(digits, &end, hexadecimal ? 16 : 8);
		if (end == digits + (hexadecimal ? 2 : 3) && code) {
			*p += 2;
			return (char)code;
		}
	}
	return found ? means[found - names] : **p;
}

bool unit_word(const char **s, char *word, size_t size)
{
	size_t n = 0;
	char quote = 0;
	const char *p = *s + strspn(*s, " \t");

	if (!*p)
		return false;
	for (; *p && (quote || !strchr(" \t", *p)); p++) {
		if (quote ? *p == quote : *p == '"' || *p == '\'') {
			quote = quote ? 0 : *p;
			continue;
		}
		char c = *p;
		if (c == '\\' && p[1]) {
			p++;
			c = escaped(&p);
		}
		if (n + 1 < size)
			word[n++] = c;
	}
	word[n] = 0;
	*s = p;
	return true;
}

/* ---- specifiers ---- */

/* As systemd-escape -u: '-' is '/', \xNN a byte. */
static void print_unescaped(FILE *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned code;
		if (s[i] == '\\' && i + 3 < n && sscanf(s + i, "\\x%2x", &code) == 1) {
			putc((int)code, out);
			i += 3;
		} else {
			putc(s[i] == '-' ? '/' : s[i], out);
		}
	}
}

static const char *folder_of(char letter)
{
	switch (letter) {
	case 't': return "/run";
	case 'S': return "/var/lib";
	case 'C': return "/var/cache";
	case 'L': return "/var/log";
	case 'E': return "/etc";
	case 'T': return "/tmp";
	case 'V': return "/var/tmp";
	case 'h': return "/root";
	case 'u': return "root";
	case 'U': return "0";
	case 's': return "/bin/sh";
	case '%': return "%";
	default: return NULL;
	}
}

/* False: it is left. */
static bool print_specifier(FILE *out, const char *name, char letter)
{
	size_t whole = strlen(name), stem = (size_t)(strrchr(name, '.') - name), prefix = strcspn(name, "@");
	bool instance = prefix + 1 < stem;
	const char *last = name, *folder = folder_of(letter);

	prefix = prefix < stem ? prefix : stem;
	for (const char *s = name; s < name + prefix; s++)
		last = *s == '-' ? s + 1 : last;
	size_t end = (size_t)(name + prefix - last);
	const char *of = name + prefix + 1;
	switch (letter) {
	case 'n': fprintf(out, "%.*s", (int)whole, name); return true;
	case 'N': fprintf(out, "%.*s", (int)stem, name); return true;
	case 'p': fprintf(out, "%.*s", (int)prefix, name); return true;
	case 'P': print_unescaped(out, name, prefix); return true;
	case 'j': fprintf(out, "%.*s", (int)end, last); return true;
	case 'J': print_unescaped(out, last, end); return true;
	case 'i':
	case 'I':
		if (!instance)
			return false;
		if (letter == 'i')
			fprintf(out, "%.*s", (int)(stem - prefix - 1), of);
		else
			print_unescaped(out, of, stem - prefix - 1);
		return true;
	default:
		fputs(folder ? folder : "", out);
		return folder;
	}
}

char *unit_expand(const char *name, const char *value)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	for (const char *p = value; out && *p; p++)
		if (*p != '%' || !p[1])
			putc(*p, out);
		else if (print_specifier(out, name, p[1]))
			p++;
		else
			putc(*p, out);
	if (out && fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}
