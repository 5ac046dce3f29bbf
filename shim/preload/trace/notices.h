/* SPDX-License-Identifier: MIT */
/* What an operator should hear of once, not for every message: said in the trace; and the counts of
 * what was edited, said there when the process ends. Async-signal-safe; shared by all processes. */
#ifndef BOND_TRACE_NOTICES_H
#define BOND_TRACE_NOTICES_H

#include "config/addr.h"

enum notice_count {
	NOTICE_EDITED,   /* messages that left with names of the host's replaced */
	NOTICE_RESTORED, /* messages that arrived with such names */
	NOTICE_FOREIGN,  /* tokens beside our names that are not ours */
	NOTICE_FORGED,   /* marks in arriving top Vias, removed */
	NOTICE_UNEDITABLE, /* datagrams that arrived and could not be edited in full */
	NOTICE_CLOSED,   /* datagrams of a SIP socket that are no message and were let neither in nor out */
	NOTICE_COUNTS
};

/* Tables that have no room left at times. Each fails alone; what that means stands in libbond(8). */
enum notice_table {
	NOTICE_LISTENERS,
	NOTICE_NAMES,
	NOTICE_SCRATCH,
	NOTICE_CHOICES,
	NOTICE_ADDRESSES,
	NOTICE_TABLES
};

/* Once, in the constructor. */
void notices_init(void);

/* Something found no room in that table: counted, and said the first time. */
void notices_full(enum notice_table table);

/* Says what was counted before there was a trace. Once, in the constructor. */
void notices_full_at_start(void);

/* How often that was so, in all processes. */
uint64_t notices_full_count(enum notice_table table);

void notices_count(enum notice_count what, uint32_t n);

/* An edit took a request of this route over 1300 bytes, where UDP may not carry it (RFC 3261 18.1.1). */
void notices_large(uint16_t route);

/* A request within a dialog matched no route and leaves from a socket outside every bond: the `to` of a
 * route may lack one of the peer's signalling addresses. Once a destination. */
void notices_stray(const struct addr *dst);

/* Says the counts, if anything was counted. */
void notices_end(void);

#endif
