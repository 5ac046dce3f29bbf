/* SPDX-License-Identifier: MIT */
/* The part of changes.h for [host] and [dns]. */
#ifndef BOND_CTL_CHANGES_SETTINGS_H
#define BOND_CTL_CHANGES_SETTINGS_H

#include "changes_print.h"
#include "core/rules.h"

/* Prints each key that is otherwise; returns how many. */
unsigned changes_settings(const struct rules *before, const struct rules *now, const struct changes_out *to);

/* Whether `program` names the same. */
bool changes_same_programs(const struct config *a, const struct config *b);

#endif
