/* SPDX-License-Identifier: MIT */
/* Whether a filter takes a call. Async-signal-safe. */
#ifndef BOND_TRACE_WANTS_H
#define BOND_TRACE_WANTS_H

#include "call_ids.h"
#include "core/verdict.h"
#include "segment/filter.h"

#define WANTS_PEERS 8 /* of one call */

/* What is known of a call by its end. Of several peers those beyond WANTS_PEERS count for nothing. */
struct wants_call {
	enum filter_call call;
	int error;                       /* errno of a failed call, else 0 */
	const struct verdict *verdict;   /* or NULL */
	const struct config *config;     /* gives the names in it, or NULL */
	const struct call_ids *call_ids; /* of its messages; NULL: nobody looked for them and the peers yet */
	unsigned peer_count;
	struct addr peers[WANTS_PEERS]; /* who is at the other end */
};

/* What is not looked for yet is taken for wanted. */
bool wants(const struct filter *f, const struct wants_call *call);

#endif
