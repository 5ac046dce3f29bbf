/* SPDX-License-Identifier: MIT */
/* What of another INI a running host does not take, and why. */
#ifndef BOND_CTL_RESTART_H
#define BOND_CTL_RESTART_H

#include <sys/types.h>

#include "changes_print.h"
#include "core/rules.h"

/* Says of each such word, with its line where it has one, that it takes effect when that process restarts.
 * file: as messages are to call the INI. Returns how many. */
unsigned restart_list(const struct rules *before, const struct rules *now, const char *file, pid_t pid,
	const struct changes_out *to);

/* The same of what a running host keeps (core/held.h), of another INI as it is written. */
unsigned restart_settings(const struct config *before, const struct config *wanted, const char *file, pid_t pid,
	const struct changes_out *to);

#endif
