/* SPDX-License-Identifier: MIT */
/* A table for people: as many columns as its title has, each as wide as need be. */
#ifndef BOND_CTL_COLUMNS_H
#define BOND_CTL_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define COLUMNS_MAX 32

struct columns {
	char **cells;  /* row by row, the first is the title; NULL: out of memory */
	size_t count, room;
	unsigned width;                /* columns of the title */
	bool numbers[COLUMNS_MAX];     /* to the right */
	bool failed;
};

/* A column. Before all rows. */
void columns_title(struct columns *c, const char *name, bool number);

/* The next cell, of the column that is next; escaped as terminal_puts() does. */
void columns_text(struct columns *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
void columns_number(struct columns *c, uint64_t n);

/* Prints it, each line behind indent, and gives its memory back. */
void columns_print(struct columns *c, const char *indent, FILE *out);

/* Columns that a text takes on a terminal. */
size_t columns_of(const char *text);

#endif
