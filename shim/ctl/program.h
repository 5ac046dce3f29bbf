/* SPDX-License-Identifier: MIT */
/* What a configuration means for the program that bondrun starts. */
#ifndef BOND_CTL_PROGRAM_H
#define BOND_CTL_PROGRAM_H

#include "config/model.h"
#include "preload.h"

/* Whether `program` names it, by its executable's own name, links resolved, or by the name that it is
 * called by; true where there is no such key. */
bool program_is_named(const struct config *c, const struct preload_program *p);

/* Whether there are members of TLS (tls, wss), and what is said by them is to be edited. */
bool program_edits_tls(const struct config *c);

/* Says on standard error that libbond will do nothing in the program, where `program` of the file
 * names others. Nothing is said of a file that has errors: the library will. */
void program_warn(const char *file, const struct preload_program *p);

enum program_say { PROGRAM_SAY_NOTHING, PROGRAM_SAY_WARNINGS, PROGRAM_SAY_ALL };

/* program_edits_tls() of a file that is for the program; false too where it has errors. Says on standard error how members that are marked
 * `open` will be heard: where not all may be, or always. */
bool program_look(const char *file, const struct preload_program *p, enum program_say say);

/* program_edits_tls() of a file, for whatever program. */
bool program_may_edit_tls(const char *file);

/* Loads the file as the program would, says all that there is to say of it on standard error, and
 * prints its bonds, its routes and whether `program` names the program. 0, or the exit status that the
 * program would end with: 78, or 75 where something is only not there now. */
int program_report(const char *file, const struct preload_program *p);

#endif
