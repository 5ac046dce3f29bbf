/* SPDX-License-Identifier: MIT */
/* What the converters of OpenSIPS' configuration write alike. */
#ifndef BOND_CTL_OPENSIPS_TEXT_H
#define BOND_CTL_OPENSIPS_TEXT_H

#include <stdio.h>


/* A text of somebody's into a comment: what would end its line is '?'. */
void opensips_print(FILE *out, const char *text);

#endif
