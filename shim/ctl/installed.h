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

/* The same of an image below root, as a path in it; root "" = this machine, as above. */
bool installed_find_in(const char *root, const char *library, char path[PATH_MAX]);

/* So a program in bin/; root "" = beside the one that runs. */
bool installed_find_program(const char *root, const char *name, char path[PATH_MAX]);

/* A file that comes with the program that runs, in share/libbond, or of the source where that was built. */
bool installed_find_shared(const char *name, char path[PATH_MAX]);

#endif
