/* SPDX-License-Identifier: MIT */
/* Lines of a live trace as BOND_TRACE writes them (libbond(8)). */
#ifndef BOND_CTL_TRACE_LINES_H
#define BOND_CTL_TRACE_LINES_H

#include <stdbool.h>
#include <stdio.h>

#include "segment/ring_read.h"

/* Prints a record of RING_LINE or RING_SAID, by this machine's clock and time zone; with `date`, the date and
 * the offset to UTC as well. What a terminal would obey is printed as \xNN. */
void trace_lines_print(FILE *out, const struct ring_record *r, bool date);

#endif
