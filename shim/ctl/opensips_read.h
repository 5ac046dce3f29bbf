/* SPDX-License-Identifier: MIT */
/* The text of an opensips.cfg. */
#ifndef BOND_CTL_OPENSIPS_READ_H
#define BOND_CTL_OPENSIPS_READ_H

#include "opensips.h"

/* Reads the n bytes of text. o is all zero but for file and complaints, and to be freed in any case. */
void opensips_read(struct opensips *o, const char *text, size_t n);

#endif
