/* SPDX-License-Identifier: MIT */
/* One line of the trace as it grows in a stack buffer: text, numbers and quoted strings as strace
 * writes them. What does not fit is left out. Async-signal-safe: no malloc, no lock, no stdio. */
#ifndef BOND_TRACE_LINE_H
#define BOND_TRACE_LINE_H

#include "config/addr.h"

#define LINE_SIZE 1200
#define LINE_STRING_MAX 32 /* bytes of a string that are shown, as strace -s 32 */

struct line {
	size_t length;
	bool trusted; /* the kernel has read all arguments of this call: no need to probe them */
	size_t filled; /* bytes that the kernel put into the buffers of an iovec, SIZE_MAX = they are sent */
	char text[LINE_SIZE];
};

static inline void line_start(struct line *l)
{
	l->length = 0;
	l->trusted = false;
	l->filled = SIZE_MAX;
}

static inline void line_char(struct line *l, char c)
{
	if (l->length < sizeof(l->text) - 1) /* the last byte is the newline's */
		l->text[l->length++] = c;
}

void line_bytes(struct line *l, const char *p, size_t n);

static inline void line_text(struct line *l, const char *s)
{
	line_bytes(l, s, strlen(s));
}

void line_unsigned(struct line *l, unsigned long n);
void line_signed(struct line *l, long n);
/* At least `digits` digits, zeros in front. */
void line_padded(struct line *l, unsigned long n, int digits);
void line_hex(struct line *l, unsigned long n);
/* "NULL" or 0x... */
void line_pointer(struct line *l, const void *p);

/* The n bytes in double quotes, with strace's escapes. */
void line_quoted(struct line *l, const void *p, size_t n);

/* A name that an operator gave: control characters become '?', at most `max` bytes. */
void line_name(struct line *l, const char *s, size_t max);

/* The host part as inet_ntop writes it; v6 = in an IPv6 notation, IPv4 as ::ffff:1.2.3.4. */
void line_host(struct line *l, const struct addr *a, bool v6);

#endif
