/* SPDX-License-Identifier: MIT */
/* What happened, over all processes of the host: counts that are only added to. They lie in the file,
 * where bondctl finds them. Async-signal-safe; c may be NULL in all functions: there is no memory. */
#ifndef BOND_SEGMENT_COUNTERS_H
#define BOND_SEGMENT_COUNTERS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* Of datagrams and of connections. */
enum counter {
	COUNTER_EDITED,     /* messages that left with names of the host's replaced; of connections the
			     * transfers, both ways */
	COUNTER_RESTORED,   /* datagrams that arrived with such names */
	COUNTER_FOREIGN,    /* tokens beside our names that are not ours */
	COUNTER_FORGED,     /* marks in arriving top Vias, removed */
	COUNTER_UNEDITED,   /* messages that could not be edited in full */
	COUNTER_CLOSED,     /* datagrams of a SIP socket that are no message and were let neither in nor out */
	COUNTER_ELSEWHERE,  /* requests whose text named a domain that was not where they went */
	COUNTER_STREAMED,   /* messages on connections */
	COUNTER_NOT_SIP,    /* connections that carry something else where SIP was expected */
	COUNTER_BROKEN,     /* streams of SIP that broke its framing */
	COUNTER_SHUT,       /* of both, shut */
	COUNTER_CROWDED,    /* streams that lost their place in the pool to others */
	COUNTER_TLS_BEGUN,  /* connections of which both hellos were seen, see hellos.h, */
	COUNTER_TLS_SEEN,   /* and of which a TLS library then told what it reads and writes */
	COUNTER_TLS_EQUAL,  /* those whose randoms another one has, or had */
	COUNTER_TLS_UNKNOWN, /* of which a TLS library told, and which could not be told from others */
	COUNTERS
};

/* Tables that have no room left at times. Each fails alone; what that means stands in libbond(8). */
enum full_table {
	FULL_LISTENERS,
	FULL_NAMES,
	FULL_SCRATCH,
	FULL_CHOICES,
	FULL_ADDRESSES,
	FULL_FLOWS,
	FULL_HELLOS,
	FULL_TEXTS,
	FULL_TALLIES,
	FULL_ADOPTED,
	FULL_TABLES
};

struct counters {
	_Atomic uint64_t counts[COUNTERS];
	_Atomic uint64_t full[FULL_TABLES]; /* how often something found no room there */
};

static inline void counters_add(struct counters *c, enum counter what, uint32_t n)
{
	if (c && n)
		atomic_fetch_add_explicit(&c->counts[what], n, memory_order_relaxed);
}

static inline uint64_t counters_of(const struct counters *c, enum counter what)
{
	return c ? atomic_load_explicit(&c->counts[what], memory_order_relaxed) : 0;
}

static inline void counters_add_full(struct counters *c, enum full_table table)
{
	if (c)
		atomic_fetch_add_explicit(&c->full[table], 1, memory_order_relaxed);
}

static inline uint64_t counters_of_full(const struct counters *c, enum full_table table)
{
	return c ? atomic_load_explicit(&c->full[table], memory_order_relaxed) : 0;
}

#endif
