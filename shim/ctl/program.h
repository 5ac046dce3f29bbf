/* SPDX-License-Identifier: MIT */
/* What a configuration means for the program that bondrun starts. */
#ifndef BOND_CTL_PROGRAM_H
#define BOND_CTL_PROGRAM_H

#include "preload.h"

/* Says on standard error that libbond will do nothing in the program, where `program` of the file
 * names others. Nothing is said of a file that has errors: the library will. */
void program_warn(const char *file, const struct preload_program *p);

/* Says on standard error how members that are marked `open` will be heard: where not all may be, or always. So. */
void program_warn_opened(const char *file, const struct preload_program *p, bool always);

/* Loads the file as the program would, says all that there is to say of it on standard error, and
 * prints its bonds, its routes and whether `program` names the program. 0, or the exit status that the
 * program would end with: 78, or 75 where something is only not there now. */
int program_report(const char *file, const struct preload_program *p);

#endif
