/* SPDX-License-Identifier: MIT */
/* What another INI changes in a host: bonds, members, routes and settings that come, go or are no longer as
 * they were. Of two sets of rules, both of images. PURE but for what is printed. */
#ifndef BOND_CTL_CHANGES_H
#define BOND_CTL_CHANGES_H

#include "changes_print.h"
#include "core/rules.h"

#define CHANGES_SHOWN 100 /* of bonds, members, routes each, for people; of the rest their number */

struct changes {
	unsigned bonds[CHANGE_KINDS], members[CHANGE_KINDS], routes[CHANGE_KINDS];
	unsigned settings; /* of [host] and [dns] */
};

/* Prints each: "+" what comes, "-" what goes, "~" what is otherwise, in the order of the file. 0 or ENOMEM. */
int changes_list(struct changes *sum, const struct rules *before, const struct rules *now,
	const struct changes_out *to);

/* Whether there is none. */
bool changes_none(const struct changes *sum);

/* "2 members added, 1 route changed", or "nothing changed". */
void changes_sum(const struct changes *sum, FILE *out);

/* The same, as members of the object that is open. */
void changes_put_sum(const struct changes *sum, struct json *j);

#endif
