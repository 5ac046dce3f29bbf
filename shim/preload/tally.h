/* SPDX-License-Identifier: MIT */
/* Counts what went which way (segment/tallies.h): once a verdict was carried out, by the slots of the rules
 * that it was made by. No system call; async-signal-safe; errno stays as it is. */
#ifndef BOND_TALLY_H
#define BOND_TALLY_H

#include <stddef.h>

#include "core/verdict.h"
#include "segment/tallies.h"

struct config;
struct rules;

/* How many cells an INI may come to need: pairs of routes and members of their bonds, and what has no
 * route. */
uint32_t tally_expected(const struct config *c);

/* Adds to a count of what v decided: of its route, and its member, else its bond, else one of the host's own
 * listeners. */
void tally_add(const struct verdict *v, enum tally what, uint64_t n);

/* The same of a member of r by its number, whatever the route; SELECT_NONE = of the host as such. */
void tally_member(const struct rules *r, uint32_t member, enum tally what, uint64_t n);

/* Whether no member was taken where one was wanted, and what becomes of it then. */
void tally_no_member(const struct verdict *v);

/* A message that left by it: REQUESTS, RESPONSES or KEEPALIVES, and how long it is on the wire. */
void tally_left(const struct verdict *v, enum tally what, size_t bytes);

/* Where its requests and bytes are counted; never NULL. */
struct tally_pair *tally_pair_of(const struct verdict *v);

#endif
