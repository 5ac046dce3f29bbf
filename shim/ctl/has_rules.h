/* SPDX-License-Identifier: MIT */
/* How many processes of a host go by its current rules. */
#ifndef BOND_CTL_HAS_RULES_H
#define BOND_CTL_HAS_RULES_H

#include "running.h"

struct has_rules {
	unsigned all; /* that live and stand in the file */
	unsigned have;
	unsigned no_memory; /* of the others: had none for them, and go by earlier ones */
};

/* Counts them, of whatever namespace; those that are gone are none. */
struct has_rules has_rules_count(const struct running *r, uint32_t generation);

/* So, until all have them or a moment has passed: those at work take them at once. */
struct has_rules has_rules_wait(const struct running *r, uint32_t generation);

/* Prints it as the end of a line. */
void has_rules_say(const struct has_rules *h);

#endif
