/* SPDX-License-Identifier: MIT */
/* What happens to a request or connection that goes to one target of a SIP URI, in one line or one
 * JSON object: its route, its member, the reason. For bondctl. */
#ifndef BOND_DECISION_H
#define BOND_DECISION_H

#include <stdio.h>

#include "explain_uri.h"
#include "../names/table.h"
#include "../../config/expand.h"
#include "../../config/match.h"

struct decision {
	const struct config *config;
	const struct match *match;
	const struct expand *expand; /* which addresses are here */
	const struct table *table; /* of all domains of the configuration; NULL = there are none */
	const struct addr *socket; /* the host's sending socket, NULL = not told */
	uint8_t socket_transport;
};

/* explain_uri's seam: ctx is a struct decision. */
void decision_print(
	void *ctx, const struct explain_target *t, const char *indent, bool json, FILE *out);

/* Asks DNS for all domains of c, as a host under libbond would, into a table of this process; *t is
 * usable until the process ends. 0 or an errno. Blocks. */
int decision_table(struct table *t, const struct config *c, const struct names_io *io);

/* `bondctl explain FILE dest` for a URI or name, on standard output: each target that DNS gives
 * with what is decided for it. socket may be NULL. Returns the exit status. */
int decision_explain(const struct config *c, const struct match *m, const struct addr *socket,
	uint8_t socket_transport, const char *dest, bool json);

#endif
