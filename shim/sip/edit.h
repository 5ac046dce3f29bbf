/* SPDX-License-Identifier: MIT */
/* How a message is edited: a walk that hands each header field to its rule, on the way out or on the way
 * in (RFC 3261 16.6, 16.7, 18.1, 18.2). PURE: no socket, no log, no allocation; async-signal-safe. The
 * message is never written to. */
#ifndef BOND_EDIT_H
#define BOND_EDIT_H

#include "scan.h"
#include "side.h"
#include "splice.h"

/* Edits all of a message into e. 0; EINVAL: it is not SIP; E2BIG: it needs more than an edit holds,
 * and e must not be used. room: the size that the edited message must keep, if it can by leaving
 * out bond-in; 0 = any. */
int edit_message(const struct edit_side *side, const char *p, size_t n, size_t room, struct edit *e);

/* The same in pieces, for a stream, after splice_begin(): a start line, its line end included (false:
 * not SIP); a header field; and what is known only behind the last of them. rest: the bytes that follow
 * the field, as far as they are there. */
bool edit_start(const struct edit_side *side, struct edit_progress *at, struct span line,
	struct edit *e);
void edit_row(const struct edit_side *side, struct edit_progress *at, const struct scan_row *row,
	struct span rest, struct edit *e);
void edit_finish(const struct edit_side *side, const struct edit_progress *at, struct edit *e);

/* Whether edit_row() could touch a field of that name. */
bool edit_cares(const struct edit_side *side, const struct scan_row *row);

#endif
