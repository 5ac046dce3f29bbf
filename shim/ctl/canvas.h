/* SPDX-License-Identifier: MIT */
/* A picture of characters: text, and lines that meet and cross, as wide and as long as what is put on it. Where
 * the locale has no UTF-8 all of it is ASCII. What a terminal would obey is shown as \xNN. */
#ifndef BOND_CTL_CANVAS_H
#define BOND_CTL_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum canvas_arms { CANVAS_UP = 1, CANVAS_DOWN = 2, CANVAS_LEFT = 4, CANVAS_RIGHT = 8 };

struct canvas_cell {
	uint32_t code; /* of its character; 0 = none, CANVAS_NOTHING = the second half of a wide one */
	uint16_t net;  /* of the line that is here */
	uint8_t arms;
	bool crossed;  /* by the line of another net */
	bool head;     /* of an arrow to the right */
};

struct canvas {
	bool utf8;
	unsigned width, rows; /* that there are */
	struct canvas_cell *cells; /* row by row; memory that is not there ends the program */
};

void canvas_start(struct canvas *c, unsigned width, bool utf8);
void canvas_end(struct canvas *c);

/* Columns that a text takes, and how many of its bytes fit into so many. */
unsigned canvas_columns(const struct canvas *c, const char *s);
size_t canvas_fit(const struct canvas *c, const char *s, size_t n, unsigned columns);

/* So, up to behind the last blank, if there is one that is not near the beginning, or the word behind it
 * has room in the next line, of `room` columns; at least one byte. */
size_t canvas_fit_words(const struct canvas *c, const char *s, size_t n, unsigned columns, unsigned room);

/* n bytes of a text. What is beyond the width is not there. */
void canvas_put(struct canvas *c, unsigned row, unsigned column, const char *s, size_t n);

/* A line of that net, whose lines join; those of others are crossed. Both ends belong to it. */
void canvas_across(struct canvas *c, unsigned row, unsigned from, unsigned to, uint16_t net);
void canvas_down(struct canvas *c, unsigned column, unsigned from, unsigned to, uint16_t net);

/* The head of an arrow to the right. */
void canvas_head(struct canvas *c, unsigned row, unsigned column);

/* Prints all rows, without the blanks at their ends. */
void canvas_print(const struct canvas *c, FILE *out);

#endif
