/* SPDX-License-Identifier: MIT */
/* The header fields by which the host's script hears and asks for a bond, NAME-In and NAME-Out: they
 * never cross the wire. PURE: no socket, no log, no allocation; async-signal-safe. */
#ifndef BOND_SIP_SCRIPT_H
#define BOND_SIP_SCRIPT_H

#include "name.h"
#include "scan.h"

/* Whether it is one of them; then *out: it is NAME-Out. */
bool script_field(const struct names *n, const struct scan_row *row, bool *out);

/* Whether NAME-In or NAME-Out begins at p; n->header must not be empty. */
bool script_begins(const struct names *n, const char *p, const char *end);

/* Whether one stands in a row behind a CR alone, which some hosts take for a line end and others do
 * not: nobody can say what it belongs to. */
bool script_hides(const struct names *n, struct span row);

/* The bond that the host's script asks for: the value of the last NAME-Out; p = NULL: there is none.
 * n->header must not be empty. */
struct span script_wish(const struct names *n, const char *p, size_t size);

#endif
