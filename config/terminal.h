/* SPDX-License-Identifier: MIT */
/* Text that somebody else wrote, on a terminal: what a terminal would obey is shown as \xNN. PURE but
 * for the stream. */
#ifndef BOND_TERMINAL_H
#define BOND_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The code point at s[0..n), n > 0, and its length in UTF-8 (RFC 3629); 0 = it is none. */
size_t terminal_decode(const char *s, size_t n, uint32_t *code);

/* The bytes of the next character of s[0..n), n > 0. *plain: it may be printed as it is; else each of
 * its bytes is to be escaped. So are C0 and C1 controls, what turns the direction of writing around,
 * and what is no UTF-8. */
size_t terminal_next(const char *s, size_t n, bool *plain);

/* Prints n bytes of s, a newline at its end too where it is not the caller's. */
void terminal_put(FILE *out, const char *s, size_t n);
void terminal_puts(FILE *out, const char *s);

/* As fprintf(), but all of the text is escaped, save for newlines and tabs of the format itself: pass
 * none of them in what comes from elsewhere. */
void terminal_printf(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
