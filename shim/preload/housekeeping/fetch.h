/* SPDX-License-Identifier: MIT */
/* How a thread of libbond's that has left the host's table of descriptors gets at one of the host's for a moment.
 * Bare system calls. */
#ifndef BOND_HOUSEKEEPING_FETCH_H
#define BOND_HOUSEKEEPING_FETCH_H

#include <stdbool.h>

/* Before it leaves the table: whether it can. */
bool fetch_works(void);

/* What such a thread has. */
struct fetch {
	bool own_table; /* it has left it */
	int self; /* pidfd of this process, once that is so and there is something to fetch; -1 = none */
};
void fetch_begin(struct fetch *f, bool own_table);

/* A descriptor, in this thread's table, of what the host has at that number; negative: it has nothing there. */
int fetch(struct fetch *f, int fd);

/* It is not needed any more. */
void fetch_end(const struct fetch *f, int at);

#endif
