/* SPDX-License-Identifier: MIT */
/* Compiled lookup: (destination, next hop, socket) -> the first route of the file that matches. Any
 * number of prefixes; immutable once compiled; match_route() is PURE, takes no lock and allocates
 * nothing. */
#ifndef BOND_MATCH_H
#define BOND_MATCH_H

#include "question.h"

struct match;

/* Compiles c, which must outlive m. Reads c->targets only here. 0 or ENOMEM. */
int match_compile(struct match **m, const struct config *c);
void match_free(struct match *m);

/* The first matching route in file order. A route without `to` applies to connections only at
 * [host] sip-ports. */
enum match_result match_route(const struct match *m, const struct question *q, struct answer *a);

#endif
