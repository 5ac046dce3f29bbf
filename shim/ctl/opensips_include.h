/* SPDX-License-Identifier: MIT */
/* The text of an opensips.cfg with what it includes in place. */
#ifndef BOND_CTL_OPENSIPS_INCLUDE_H
#define BOND_CTL_OPENSIPS_INCLUDE_H

#include "opensips.h"

/* Puts the files that *text, of o->file, names by include_file and import_file in the places of these lines, and notes
 * in o->parts where each line comes from. What cannot be read is told, and left out. *text is freed and another one,
 * which the caller frees; where there is no memory, as it was, with o->no_memory. */
void opensips_include(struct opensips *o, char **text, size_t *n);

/* "line 7", or of an included file "line 7 of NAME". */
void opensips_print_line(const struct opensips *o, FILE *out, uint32_t line);

#endif
