/* SPDX-License-Identifier: MIT */
/* The trace that bondctl switches on while the host runs (segment/live.h): who of those that read there wants
 * a call, and what is written for them. Async-signal-safe. */
#ifndef BOND_TRACE_LIVE_H
#define BOND_TRACE_LIVE_H

#include "segment/live.h"
#include "wants.h"

/* Who wants this of a call (LIVE_LINES or LIVE_PACKETS), a bit each; call NULL = whatever the filter. 0 =
 * nobody; the first call after the last one went away ends the trace. */
uint16_t live_readers(unsigned want, const struct wants_call *call);

/* Writes a record for them; if it finds no room it is lost, and counted by them. */
void live_put(enum ring_kind kind, uint16_t readers, const struct iovec *pieces, size_t count);

#endif
