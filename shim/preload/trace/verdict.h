/* SPDX-License-Identifier: MIT */
/* A verdict in the words of a SIP operator; the one place of these texts, each explained in
 * libbond.8. Async-signal-safe. */
#ifndef BOND_TRACE_VERDICT_H
#define BOND_TRACE_VERDICT_H

#include "line.h"
#include "core/verdict.h"
#include "config/model.h"

/* Appends the verdict. c gives the names, NULL = numbers instead. */
void verdict_print(struct line *l, const struct verdict *v, const struct config *c);

#endif
