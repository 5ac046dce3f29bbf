/* SPDX-License-Identifier: MIT */
/* The lines of the INI -> keys and values: what each line is, and what is wrong with its form. */
#ifndef BOND_LINES_H
#define BOND_LINES_H

#include "keys.h"

/* The state of the lines, around the build that the keys fill. */
struct lines {
	struct build b;
	struct keys keys;
	const char *at, *end;
	bool skip;              /* the key before was wrong: so are its continuation lines */
	bool has_key;           /* a key of this section that a continuation line can continue */
	bool expected;          /* inih owes a call of the handler for this line */
	struct word key, value; /* of this line, as found here */
	size_t errors;          /* before this line */
};

/* Reads the text of l->b, of which all but text, c and f is zero: keys_set() for each key. */
void lines_read(struct lines *l);

/* Whether the current line, trimmed, has no bytes that are none of a text; says so else. */
bool line_is_clean(struct build *b, struct word w);

#endif
