/* SPDX-License-Identifier: MIT */
/* Which members that another INI opens a running host does not hear before it restarts, or not by the way that is
 * written. */
#ifndef BOND_CTL_RESTART_OPEN_H
#define BOND_CTL_RESTART_OPEN_H

#include "changes_print.h"
#include "core/rules.h"
#include "running.h"
#include "segment/adopted.h"
#include "segment/states.h"

/* What the host has to open members by. */
struct opens_by {
	struct adopted *sockets; /* that live */
	size_t count;
	struct states *states; /* NULL = it tells nothing */
};

/* Reads it: before the network of the host is entered. To be freed. */
void opens_by_read(struct opens_by *by, const struct running *host);
void opens_by_free(struct opens_by *by);

/* Says of each such member, with its line, that it takes effect when that process restarts, and why. Returns how
 * many. */
unsigned restart_open(const struct rules *now, const struct opens_by *by, const char *file, pid_t pid,
	const struct changes_out *to);

/* Whether what kept a member from being opened may be over, so that the host is to try again. */
bool restart_open_again(const struct rules *now, const struct opens_by *by);

#endif
