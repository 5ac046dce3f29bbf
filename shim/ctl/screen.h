/* SPDX-License-Identifier: MIT */
/* A table that is printed again and again: on a terminal in place, cut to its size; elsewhere one behind
 * the other. */
#ifndef BOND_CTL_SCREEN_H
#define BOND_CTL_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* From here on SIGINT and SIGTERM end screen_wait() and not the process. */
void screen_start(void);

/* Shows the text of n bytes, which ends with a newline. first: nothing was shown before. */
void screen_show(const char *text, size_t n, bool first);

/* Waits so many milliseconds, or for another size of the terminal; false: it is to end. */
bool screen_wait(unsigned milliseconds);

/* The text as it fits into so many columns and lines, the last of which says what is missing; for tests. */
void screen_fit(const char *text, size_t n, unsigned columns, unsigned lines, FILE *out);

#endif
