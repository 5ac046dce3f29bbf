/* SPDX-License-Identifier: MIT */
/* The way in: what rename.c wrote becomes what the host wrote, and bond-in says where a request came
 * in. PURE; async-signal-safe. */
#ifndef BOND_RESTORE_H
#define BOND_RESTORE_H

#include "scan.h"
#include "side.h"
#include "splice.h"

void restore_start(const struct edit_side *side, struct edit_progress *at,
	const struct scan_start *start, struct edit *e);
void restore_row(const struct edit_side *side, struct edit_progress *at, const struct scan_row *row,
	struct edit *e);

/* Fills in bond-in's token. */
void restore_finish(const struct edit_side *side, const struct edit_progress *at, struct edit *e);

#endif
