/* SPDX-License-Identifier: MIT */
/* Where libbond's libraries lie, seen from its tools. */
#ifndef BOND_CTL_INSTALLED_H
#define BOND_CTL_INSTALLED_H

#include <limits.h>
#include <stdbool.h>

/* The library of that name: beside the program that runs (where it was built), else where it lies from there once
 * both are installed, which may be below DESTDIR, else in the folder it was built for. False: it is nowhere. */
bool installed_find(const char *library, char path[PATH_MAX]);

#endif
