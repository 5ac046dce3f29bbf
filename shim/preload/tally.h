/* SPDX-License-Identifier: MIT */
/* Counts what went which way (segment/tallies.h): once a verdict was carried out, by the slots of the rules
 * that it was made by. No system call; async-signal-safe; errno stays as it is. */
#ifndef BOND_TALLY_H
#define BOND_TALLY_H

#include "config/model.h"

/* How many cells an INI may come to need: pairs of routes and members of their bonds, and what has no
 * route. */
uint32_t tally_expected(const struct config *c);

#endif
