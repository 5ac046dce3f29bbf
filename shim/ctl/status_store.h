/* SPDX-License-Identifier: MIT */
/* What a struct status owns, and the parts of a host's file that it is read from. */
#ifndef BOND_CTL_STATUS_STORE_H
#define BOND_CTL_STATUS_STORE_H

#include <stddef.h>

#include "status.h"

/* Zeroed bytes, aligned to 64, that live as long as s; NULL = there are none. */
void *status_keep(struct status *s, size_t size);

/* A copy of that part of the host's file, so; NULL = it does not lie there as a whole, or no memory. */
void *status_part(struct status *s, uint64_t at, uint64_t size);

/* A table of the host's that can be full, see struct status_table; used and limit are known. */
void status_add_table(struct status *s, const char *name, const char *label, uint64_t used, uint64_t limit,
	uint64_t full);

void status_drop(struct status *s);

#endif
