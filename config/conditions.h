/* SPDX-License-Identifier: MIT */
/* The conditions of a compiled route besides `to`. PURE. */
#ifndef BOND_CONDITIONS_H
#define BOND_CONDITIONS_H

#include "match_table.h"
#include "question.h"

enum holds { HOLDS_NOT, HOLDS, HOLDS_UNKNOWN };

/* Whether the route's conditions, those of the candidate or of match.conditions, hold for what is
 * asked. A false one outweighs an unknown one. */
enum holds conditions_hold(
	const struct match *m, uint16_t route, uint8_t conditions, const struct question *q);

#endif
