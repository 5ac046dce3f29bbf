/* SPDX-License-Identifier: MIT */
/* What happens to a request or connection that goes to one target of a SIP URI, in one line or one
 * JSON object: its route, its member, the reason. For bondctl. */
#ifndef BOND_DECISION_H
#define BOND_DECISION_H

#include <stdio.h>

#include "explain_uri.h"
#include "reasons.h"
#include "config/expand.h"

struct decision {
	const struct request *request; /* for all but destination and next hop */
	struct expand *expand;   /* which addresses are here */
};

/* explain_uri's seam: ctx is a struct decision. */
void decision_print(
	void *ctx, const struct explain_target *t, const char *indent, struct json *json, FILE *out);

#endif
