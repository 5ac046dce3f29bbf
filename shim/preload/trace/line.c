/* SPDX-License-Identifier: MIT */
/* Numbers by hand: stdio takes locks. */
#include "line.h"

void line_bytes(struct line *l, const char *p, size_t n)
{
	size_t room = sizeof(l->text) - 1 - l->length;

	if (n > room)
		n = room;
	memcpy(l->text + l->length, p, n);
	l->length += n;
}

void line_padded(struct line *l, unsigned long n, int digits)
{
	char buf[24]; /* 20 digits of a 64-bit number */
	int i = sizeof(buf);

	do {
		buf[--i] = (char)('0' + n % 10);
		n /= 10;
	} while (n || (int)sizeof(buf) - i < digits);
	line_bytes(l, buf + i, sizeof(buf) - (size_t)i);
}

void line_unsigned(struct line *l, unsigned long n)
{
	line_padded(l, n, 1);
}

void line_signed(struct line *l, long n)
{
	if (n < 0)
		line_char(l, '-');
	line_unsigned(l, n < 0 ? 0 - (unsigned long)n : (unsigned long)n);
}

void line_hex(struct line *l, unsigned long n)
{
	char buf[16];
	int i = sizeof(buf);

	do {
		buf[--i] = "0123456789abcdef"[n & 15];
		n >>= 4;
	} while (n);
	line_text(l, "0x");
	line_bytes(l, buf + i, sizeof(buf) - (size_t)i);
}

void line_pointer(struct line *l, const void *p)
{
	if (p)
		line_hex(l, (unsigned long)p);
	else
		line_text(l, "NULL");
}

static char letter_of_escape(unsigned char c)
{
	switch (c) {
	case '\t': return 't';
	case '\n': return 'n';
	case '\v': return 'v';
	case '\f': return 'f';
	case '\r': return 'r';
	case '"':
	case '\\': return (char)c;
	default: return 0;
	}
}

void line_quoted(struct line *l, const void *p, size_t n)
{
	const unsigned char *s = p;

	line_char(l, '"');
	for (size_t i = 0; i < n; i++) {
		unsigned char c = s[i];
		char letter = letter_of_escape(c);
		if (letter) {
			line_char(l, '\\');
			line_char(l, letter);
		} else if (c >= ' ' && c <= '~') {
			line_char(l, (char)c);
		} else {
			/* Octal, short unless a digit follows that would be taken for a part of it. */
			bool full = i + 1 < n && s[i + 1] >= '0' && s[i + 1] <= '7';
			line_char(l, '\\');
			if (full || c >> 6)
				line_char(l, (char)('0' + (c >> 6)));
			if (full || c >> 3)
				line_char(l, (char)('0' + (c >> 3 & 7)));
			line_char(l, (char)('0' + (c & 7)));
		}
	}
	line_char(l, '"');
}

void line_name(struct line *l, const char *s, size_t max)
{
	size_t i;

	for (i = 0; i < max && s[i]; i++)
		line_char(l, (unsigned char)s[i] < ' ' || s[i] == 127 ? '?' : s[i]);
	if (i == max && s[i])
		line_text(l, "...");
}

void line_host(struct line *l, const struct addr *a, bool v6)
{
	char buf[ADDR_TEXT_MAX];
	struct addr bare = *a;

	if (a->family == AF_INET) {
		if (v6)
			line_text(l, "::ffff:");
		for (int i = 12; i < 16; i++) {
			if (i > 12)
				line_char(l, '.');
			line_unsigned(l, a->ip[i]);
		}
		return;
	}
	bare.scope = 0;
	line_bytes(l, buf, addr_print_host(&bare, buf));
}
