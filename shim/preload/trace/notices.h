/* SPDX-License-Identifier: MIT */
/* What an operator should hear of once, not for every message: said in the trace; and the counts of
 * the host (segment/counters.h), said there when the process ends. Async-signal-safe. */
#ifndef BOND_TRACE_NOTICES_H
#define BOND_TRACE_NOTICES_H

#include "core/rules.h"
#include "segment/counters.h"

/* Says which tables were full, by the counters, and have not been said yet. Each traced call does, before its
 * line. */
void notices_say(void);

/* An edit took a request of this route over 1300 bytes, where UDP may not carry it (RFC 3261 18.1.1). */
void notices_large(const struct rules *r, uint16_t route);

/* A request within a dialog matched no route and leaves from a socket outside every bond: the `to` of a
 * route may lack one of the peer's signalling addresses. Once a destination. */
void notices_stray(const struct addr *dst);

/* A listener at that wildcard address hears this member, which is to be opened, by itself. Once for datagrams and
 * once for connections. */
void notices_heard(const struct member *m, const struct addr *at);

/* Says the counts, if anything was counted. */
void notices_end(void);

#endif
