/* SPDX-License-Identifier: MIT */
/* What another INI changes in a host: bonds, members, routes and settings that come, go or are no longer as
 * they were. Of two sets of rules, both of images. PURE but for what is printed. */
#ifndef BOND_CTL_CHANGES_H
#define BOND_CTL_CHANGES_H

#include <stdio.h>

#include "core/rules.h"

#define CHANGES_SHOWN 100 /* of bonds, members, routes each; of the rest their number */

enum change { CHANGE_ADDED, CHANGE_REMOVED, CHANGE_CHANGED, CHANGE_KINDS };

struct changes {
	unsigned bonds[CHANGE_KINDS], members[CHANGE_KINDS], routes[CHANGE_KINDS];
	unsigned settings; /* of [host] and [dns] */
};

/* Prints a line for each: "+" what comes, "-" what goes, "~" what is otherwise, in the order of the file. 0
 * or ENOMEM. */
int changes_list(struct changes *sum, const struct rules *before, const struct rules *now, FILE *out);

/* Whether there is none. */
bool changes_none(const struct changes *sum);

/* "2 members added, 1 route changed", or "nothing changed". */
void changes_sum(const struct changes *sum, FILE *out);

#endif
