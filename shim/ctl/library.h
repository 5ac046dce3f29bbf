/* SPDX-License-Identifier: MIT */
/* The library that bondrun preloads. What is wrong is said on standard error, and ends bondrun. */
#ifndef BOND_CTL_LIBRARY_H
#define BOND_CTL_LIBRARY_H

#include <limits.h>

#include "elf.h"

#define LIBRARY "libbond.so"
#define LIBRARY_EXIT 125 /* as env(1) */

void library_find(char path[PATH_MAX]);

/* Whether it is of this bondrun's version, and one that the loader takes. */
void library_read(const char *path, struct elf_facts *facts);

#endif
