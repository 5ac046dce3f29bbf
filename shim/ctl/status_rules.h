/* SPDX-License-Identifier: MIT */
/* The rules that a host goes by: bonds, members and routes, what was counted of them, and what its
 * housekeeping thread says of members. */
#ifndef BOND_CTL_STATUS_RULES_H
#define BOND_CTL_STATUS_RULES_H

#include "status.h"

/* Fills in what the host's file has of them. False: no memory. */
bool status_rules(struct status *s);

/* The same of a copy of an image and of sections, NULL = there is none; for tests too. */
struct image;
struct states;
bool status_take_image(struct status *s, const struct image *i);
bool status_take_tallies(struct status *s, const struct image *i, const void *copy, size_t size);
void status_take_states(struct status *s, const struct image *i, const struct states *states);

#endif
