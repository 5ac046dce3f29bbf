/* SPDX-License-Identifier: MIT */
/* What becomes of a header field that the host has not sent to its end: it may never send the rest, so
 * that only what an edit would change is worth waiting for. PURE: no socket, no log, no allocation;
 * async-signal-safe. */
#ifndef BOND_STREAM_LINE_H
#define BOND_STREAM_LINE_H

#include "scan.h"
#include "side.h"

enum line_use {
	LINE_PASSES, /* nobody looks at it: it goes as it comes */
	LINE_WHOLE,  /* its line end is there: it can be taken for all of the field */
	LINE_READ,   /* it is only read: it may go at once, and is looked at when it is all there */
	LINE_WAITS   /* it may be edited, once the rest is there */
};

/* Of the n bytes at p with which a field of a leaving message begins, as far as it is there; n > 0.
 * untouched: no name is edited in this message any more. */
enum line_use line_use(const struct edit_side *side, const struct edit_progress *at, bool untouched,
	const char *p, size_t n);

#endif
