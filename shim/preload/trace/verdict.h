/* SPDX-License-Identifier: MIT */
/* A verdict in the words of a SIP operator; the one place of these texts, each explained in
 * libbond.8. Async-signal-safe. */
#ifndef BOND_TRACE_VERDICT_H
#define BOND_TRACE_VERDICT_H

#include "line.h"
#include "core/verdict.h"
#include "config/model.h"

/* What a route's `to` names by DNS; one entry a route. */
struct verdict_domains {
	const char *first; /* NULL = no domain */
	uint32_t count;
};

/* Appends the verdict. c and domains give the names, NULL = numbers instead. */
void verdict_print(struct line *l, const struct verdict *v, const struct config *c,
	const struct verdict_domains *domains);

#endif
