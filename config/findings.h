/* SPDX-License-Identifier: MIT */
/* What a load has to say to the operator: errors, warnings and notes, each with its place. */
#ifndef BOND_FINDINGS_H
#define BOND_FINDINGS_H

#include "model.h"

#include <stdio.h>

enum finding_kind {
	FINDING_ERROR,
	FINDING_WARNING, /* the file works, but probably not as meant */
	FINDING_NOTE     /* neither */
};

/* One thing to tell the operator. text and line_text are owned by the findings. */
struct finding {
	enum finding_kind kind;
	struct place place; /* line 0: the file as a whole */
	uint32_t length;    /* of what the caret underlines, at least 1 */
	char *text;
	char *line_text;    /* the raw line, NULL where there is none */
	char *file;         /* where it is of a list that the file names, else NULL */
};

struct findings {
	struct finding *items;
	size_t count;
	size_t error_count;
	size_t absent_count; /* of them: an interface or name that is not there now */
};

/* Whether all that is wrong may come right by itself. */
static inline bool findings_pass(const struct findings *f)
{
	return f->error_count && f->error_count == f->absent_count;
}

/* Adds one about length bytes at place. Takes text over, also where it fails; NULL = there was no
 * memory for it. The line is copied; NULL = it has none. 0 or ENOMEM. */
int findings_add(struct findings *f, enum finding_kind kind, struct place place, size_t length,
	const char *line, size_t line_len, char *text);
/* The one that was added last is of that file, which is copied. 0 or ENOMEM. */
int findings_set_file(struct findings *f, const char *file);
/* The same about the file as a whole, or what is none; as printf(). */
int findings_say(struct findings *f, enum finding_kind kind, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Into the order of the file. */
void findings_sort(struct findings *f);

#define FINDINGS_SHOWN 50 /* of each kind; of the rest their number */

/* Prints "bond.ini:12:9: error: text", the line and a caret. Kinds other than errors only if all. */
void findings_print(const struct findings *f, const char *file, FILE *out, bool all);
void findings_free(struct findings *f);

#endif
