/* SPDX-License-Identifier: MIT */
/* Where libbond's libraries lie, seen from its tools. */
#ifndef BOND_CTL_INSTALLED_H
#define BOND_CTL_INSTALLED_H

#include <limits.h>
#include <stdbool.h>

/* The library of that name, without links in its path: beside the program that runs (where it was built), else
 * below the folder that the program's bin/ is in (lib/TRIPLET/libbond, lib/libbond, lib and the like: both may be
 * below DESTDIR), else so below /usr/local and /usr. False: it is nowhere. */
bool installed_find(const char *library, char path[PATH_MAX]);

#endif
