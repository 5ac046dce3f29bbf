/* SPDX-License-Identifier: MIT */
/* The part of changes.h for [host] and [dns]. */
#ifndef BOND_CTL_CHANGES_SETTINGS_H
#define BOND_CTL_CHANGES_SETTINGS_H

#include <stdio.h>

#include "core/rules.h"

/* Prints a line for each key that is otherwise; returns how many. */
unsigned changes_settings(const struct rules *before, const struct rules *now, FILE *out);

/* Whether `program` names the same. */
bool changes_same_programs(const struct config *a, const struct config *b);

#endif
