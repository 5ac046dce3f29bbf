/* SPDX-License-Identifier: MIT */
/* BOND_TRACE and BOND_TRACE_FILE: what is traced, and where to. */
#ifndef BOND_TRACE_SETUP_H
#define BOND_TRACE_SETUP_H

#include "config/model.h"

/* Reads the filter and file (NULL = from BOND_TRACE, BOND_TRACE_FILE; not when AT_SECURE is set),
 * opens the log under a high descriptor. c gives the names in verdicts and may be NULL. A bad filter
 * or a file that cannot be opened is a plain line on stderr; tracing is then off. */
void trace_init(const struct config *c);

#endif
