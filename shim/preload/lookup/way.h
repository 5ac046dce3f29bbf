/* SPDX-License-Identifier: MIT */
#ifndef BOND_LOOKUP_WAY_H
#define BOND_LOOKUP_WAY_H

#include "config/model.h"

/* The way by which each member is opened: that of the listener of its port that stands already, else the one that
 * is written; of those that may be opened either way sk_lookup where the program is there, else a filter. */
void way_choose(struct config *c, uint32_t members);

#endif
