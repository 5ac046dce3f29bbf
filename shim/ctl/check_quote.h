/* SPDX-License-Identifier: MIT */
/* Findings about a configuration that was loaded already, with the lines of its file. */
#ifndef BOND_CTL_CHECK_QUOTE_H
#define BOND_CTL_CHECK_QUOTE_H

#include "config/ini.h"

struct quote {
	struct findings *findings;
	const struct config *config;
	FILE *file; /* NULL = it cannot be read any more: findings have no line then */
};

/* file: of c. */
void quote_open(struct quote *q, struct findings *f, const struct config *c, const char *file);

/* A warning, or a note, about length bytes at place. */
void quote_warn(struct quote *q, struct place place, size_t length, const char *text);
void quote_note(struct quote *q, struct place place, size_t length, const char *text);

/* Puts the findings into the order of the file. */
void quote_close(struct quote *q);

#endif
