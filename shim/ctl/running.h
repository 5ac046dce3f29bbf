/* SPDX-License-Identifier: MIT */
/* A running host, as bondctl sees it: a copy of the file that its processes share. */
#ifndef BOND_CTL_RUNNING_H
#define BOND_CTL_RUNNING_H

#include "../names/table.h"
#include "../segment_file.h"

struct running {
	struct segment_head head;
	pid_t pid; /* that was asked for */
	void *area;
	bool has_table;
	struct table table; /* valid if has_table: as it was when it was copied */
	uint32_t now;       /* the clock of the table, when it was copied */
};

/* Finds the host to which a process belongs. 0, or EXIT_FAILURE after it said on standard error why
 * it cannot be reached. To be given back with running_free(). */
int running_find(struct running *r, pid_t pid);
void running_free(struct running *r);

/* Says on standard error if the host's INI is not today what it read. */
void running_compare_ini(const struct running *r);

#endif
