/* SPDX-License-Identifier: MIT */
/* The environment of a program that runs with libbond. */
#ifndef BOND_CTL_ENVIRONMENT_H
#define BOND_CTL_ENVIRONMENT_H

#include <stdbool.h>
#include <stdio.h>

/* "NAME=VALUE" of this process's, a line each. */
void environment_print(FILE *out);

/* The same for a shell to take over, quoted for sh(1) or for fish(1): any value is one word in it. */
void environment_export(FILE *out, bool fish);

#endif
