/* SPDX-License-Identifier: MIT */
/* What a program means for a configuration: whether libbond can be loaded into it, and whether it
 * sees into its TLS. */
#ifndef BOND_CTL_CHECK_PROGRAM_H
#define BOND_CTL_CHECK_PROGRAM_H

#include "check_seen.h"
#include "config/ini.h"
#include "preload.h"

/* Whether that is a program, found as execvp(3) would, and not the text that one is configured by;
 * where it is, in path[size]. */
bool check_program_is(const char *name, char *path, size_t size);

/* Whether that can only be the name of a program of another machine: there is none here, nor a file. */
bool check_program_is_elsewhere(const char *name);

/* Adds to f what its name alone tells. */
void check_program_elsewhere(struct findings *f, const struct config *c, const char *name, struct check_sight *sight);

/* Adds to f what is to be said of the program at path, as `by` will start it, NULL = as this process would; c is the
 * usable configuration. *sight: what that means for what is seen of it; it comes zeroed. */
void check_program(struct findings *f, const struct config *c, const char *path, const struct preload_starter *by,
	struct check_sight *sight);

#endif
