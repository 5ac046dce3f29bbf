/* SPDX-License-Identifier: MIT */
/* The operator's INI text -> struct config, with every error and warning of one run. */
#ifndef BOND_INI_H
#define BOND_INI_H

#include "model.h"

#include <stdio.h>

enum finding_kind {
	FINDING_ERROR,
	FINDING_WARNING, /* the file works, but probably not as meant */
	FINDING_NOTE     /* accepted, not in effect yet */
};

/* One thing to tell the operator. text and line_text are owned by the findings. */
struct finding {
	enum finding_kind kind;
	struct place place; /* line 0: the file as a whole */
	uint32_t length;    /* of what the caret underlines, at least 1 */
	char *text;
	char *line_text;    /* the raw line, NULL where there is none */
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

/* Reads, checks, expands and indexes file. 0 = c is usable (warnings may be in f); EINVAL = f holds
 * at least one error, and c nothing but its programs, if all of them could be read; an open or read
 * error gives its errno, with a finding too. In each case findings_free(f) and config_free(c). */
int config_load(struct config *c, const char *file, struct findings *f);

/* As config_load(), for the program that is to act by the file. Where acts() says of the list of
 * programs that it is none of them, nothing else of the file is looked at: ECANCELED, and c holds the
 * programs. The machine is asked for nothing that only a warning needs. */
int config_load_host(struct config *c, const char *file, bool (*acts)(const struct config *c),
	struct findings *f);

/* As config_load(), of an open plain file. */
int config_load_open(struct config *c, const char *file, int fd, struct findings *f);

/* As config_load, of a text in memory, for tests and fuzzing; file is used in messages only. */
int config_load_text(struct config *c, const char *file, const char *text, size_t n,
	struct findings *f);

#define FINDINGS_SHOWN 50 /* of each kind; of the rest their number */

/* Prints "bond.ini:12:9: error: text", the line and a caret. Kinds other than errors only if all. */
void findings_print(const struct findings *f, const char *file, FILE *out, bool all);
void findings_free(struct findings *f);

#endif
