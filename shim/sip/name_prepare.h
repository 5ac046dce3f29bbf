/* SPDX-License-Identifier: MIT */
/* What a name says of itself once and for all: its text, its hash, and for tokens its hints.
 * PURE: no socket, no log, no allocation; async-signal-safe. */
#ifndef BOND_NAME_PREPARE_H
#define BOND_NAME_PREPARE_H

#include "name.h"

/* Computes what is derived from the rest. Call it once the tables are filled, before any use. */
void names_prepare(struct names *n);

/* The same where the members' are computed already. */
void names_prepare_own(struct names *n);

/* The same for a name that is in no table; only n's keys are looked at. */
void names_prepare_one(const struct names *n, struct name *name);

#endif
