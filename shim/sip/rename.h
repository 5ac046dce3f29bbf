/* SPDX-License-Identifier: MIT */
/* The way out: the host's own names become the one under which the message leaves.
 * PURE; async-signal-safe. */
#ifndef BOND_RENAME_H
#define BOND_RENAME_H

#include "scan.h"
#include "side.h"
#include "splice.h"

void rename_row(const struct edit_side *side, struct edit_progress *at, const struct scan_row *row,
	struct span rest, struct edit *e);

#endif
