/* SPDX-License-Identifier: MIT */
/* The lease of who changes the rules of a host, or gives their memory back, from within it: beside bondctl,
 * which has the same in ctl/lease.h. By the housekeeping thread; bare system calls: see bare.h. */
#ifndef BOND_HOUSEKEEPING_WRITER_H
#define BOND_HOUSEKEEPING_WRITER_H

#include <stdbool.h>
#include <stdint.h>

/* Takes it for some seconds; 0: another one has it. Sleeps for 50 ms. */
uint64_t writer_take(void);

/* Whether it is still that one's. */
bool writer_holds(uint64_t mine);

void writer_end(uint64_t mine);

#endif
