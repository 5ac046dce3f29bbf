/* SPDX-License-Identifier: MIT */
/* What libbond takes of the machine's memory. */
#ifndef BOND_CTL_STATUS_MEMORY_H
#define BOND_CTL_STATUS_MEMORY_H

#include "status.h"

/* Of every process, as far as smaps of proc(5) may be read, and of the file. */
void status_memory(struct status *s);

/* The bytes of one process's smaps: what its libbond alone takes, and its part of what is shared; for
 * tests. `from` and `to`: where its table of descriptors lies, 0 = not told. */
struct smaps {
	uint64_t own, shared;
	uint64_t from, to;
	uint64_t end; /* of the mapping that was read last, and what it is */
	bool library, file, caches;
};
void smaps_read_line(struct smaps *m, const char *line);

#endif
