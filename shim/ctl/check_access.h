/* SPDX-License-Identifier: MIT */
/* Who can read a configuration: others must not where a secret stands in it, the program must. */
#ifndef BOND_CTL_CHECK_ACCESS_H
#define BOND_CTL_CHECK_ACCESS_H

#include "config/ini.h"

bool check_access_knows(const char *user);

/* Adds warnings to f. user: as whom the program runs, NULL = as systemd starts the programs that c
 * names. Whether a user can read is tried by root only. */
void check_access(struct findings *f, const struct config *c, const char *file, const char *user);

#endif
