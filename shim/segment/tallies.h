/* SPDX-License-Identifier: MIT */
/* What went which way, over all processes of the host: counts by member and route, which are only added to.
 * They lie in the file, where bondctl finds them. A cell is what one route and one member have in common; the
 * sum of a member's cells is the member's, that of a route's the route's.
 *
 *	struct tallies | keys[cells] | pairs[stripes][cells] | rest[cells]
 *
 * Cells are found by their key in a hash with open addressing and are never given back; the last one has what
 * found no place. Requests and bytes, which every send counts, stand apart, in few tables in stripes: each
 * processor has one, so that they do not wait for each other. Nothing has an owner, so that nothing is lost
 * when a thread or a process ends. Async-signal-safe; t may be NULL in all functions: there is no memory, and
 * nothing is counted. */
#ifndef BOND_SEGMENT_TALLIES_H
#define BOND_SEGMENT_TALLIES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of a message "left" is: the kernel took it, in whole or, of a connection, at last. */
enum tally {
	TALLY_REQUESTS,      /* that left; on connections, too, where they have no route */
	TALLY_BYTES,         /* of all messages that left, as the wire has them */
	TALLY_RESPONSES,     /* that left */
	TALLY_KEEPALIVES,    /* that left by the way of the requests that they belong to */
	TALLY_CONNECTIONS,   /* that were made, begun at least */
	TALLY_ACCEPTED,      /* that came in to the member's address, once they carried SIP */
	TALLY_CAME_REQUESTS, /* to the member's address, where what comes in is looked at; each look counts */
	TALLY_CAME_RESPONSES,
	TALLY_EDITED,        /* messages that left with names of the host's replaced, of connections the
			      * transfers */
	TALLY_RESTORED,      /* messages that came in with such names, so */
	TALLY_PROBES,        /* answers of getsockname() */
	TALLY_REFUSED,       /* sends and connections for which the kernel would not have the member's source */
	TALLY_FAILOVERS,     /* those that left by this one then */
	TALLY_NO_MEMBER,     /* that failed, as no member fitted or was bound, or the kernel refused all */
	TALLY_PASSED,        /* that left as the host had it, then (no-member = pass) */
	TALLY_FORBIDDEN,     /* what came in and was answered 403 */
	TALLY_DROPPED,       /* what came in and was dropped */
	TALLY_FORGED,        /* marks in arriving top Vias, removed */
	TALLY_FOREIGN,       /* tokens beside the host's names that are not ours */
	/* messages that were not edited, in full or at all: */
	TALLY_UNEDITED_LARGE,  /* left: they would have become too large, or of too many pieces, and failed */
	TALLY_UNEDITED_ROOM,   /* came: the host's buffer has no room for it, or the edits are too many */
	TALLY_UNEDITED_MEMORY, /* no memory to look at it in one piece, or to keep where its stream stands */
	TALLY_UNEDITED_CUT,    /* came: longer than the host's buffer */
	TALLY_TLS_BEGUN,       /* connections of TLS whose hellos were seen, */
	TALLY_TLS_SEEN,        /* and of which a TLS library then told what it reads and writes */
	TALLIES
};

/* In short, as bondctl has it: "requests", "unedited_large"; of letters and '_'. */
extern const char *const tally_names[TALLIES];

/* Whose a cell is, beside its route. */
enum tally_kind {
	TALLY_OF_NOBODY,   /* of the host as such */
	TALLY_OF_MEMBER,   /* slot: the member's */
	TALLY_OF_BOND,     /* slot: the bond's, of which no member was taken */
	TALLY_OF_LISTENER, /* one of the host's own listeners; no slot */
	TALLY_OF_OTHERS    /* what found no cell; neither route nor slot */
};

#define TALLY_SLOTS_MAX (1u << 24)
#define TALLY_NO_SLOT UINT32_MAX

/* The name of a cell; never 0. slot and route: below TALLY_SLOTS_MAX, or TALLY_NO_SLOT. */
static inline uint64_t tally_key(uint32_t route, enum tally_kind kind, uint32_t slot)
{
	return UINT64_C(1) << 63 | (uint64_t)kind << 56 | (uint64_t)((route + 1) & (TALLY_SLOTS_MAX * 2 - 1)) << 28 |
		((slot + 1) & (TALLY_SLOTS_MAX * 2 - 1));
}

#define TALLIES_CELLS_MIN 1024
#define TALLIES_CELLS_MAX (1u << 17)
#define TALLIES_STRIPES 8          /* of up to */
#define TALLIES_STRIPED_MAX 4096   /* cells; else 1 */
#define TALLIES_REST (TALLIES - 2) /* counts that are not in pairs */

/* Requests and bytes. */
struct tally_pair {
	_Atomic uint64_t requests, bytes;
};

/* A send of n bytes; and that it failed after all. */
static inline void tally_pair_count(struct tally_pair *p, size_t n)
{
	atomic_fetch_add_explicit(&p->requests, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&p->bytes, n, memory_order_relaxed);
}
static inline void tally_pair_take_back(struct tally_pair *p, size_t n)
{
	atomic_fetch_sub_explicit(&p->requests, 1, memory_order_relaxed);
	atomic_fetch_sub_explicit(&p->bytes, n, memory_order_relaxed);
}

struct tallies {
	uint32_t cells;   /* a power of two */
	uint32_t stripes; /* so */
	_Atomic uint32_t used;
	uint32_t unused[13];
};

/* Bytes of a table in which about so many pairs of route and member find room. */
size_t tallies_size(uint32_t expected);

/* Makes it, in as many zeroed bytes. */
void tallies_format(void *area, uint32_t expected);

/* The cell of that key, which is made if need be. *full: there is no room, and it is the others'. */
uint32_t tallies_cell(struct tallies *t, uint64_t key, bool *full);

/* Where requests and bytes of a cell are counted by whoever runs on that processor; t is not NULL. */
struct tally_pair *tallies_pair(struct tallies *t, uint32_t cell, unsigned processor);

/* Adds to any of the counts of a cell. */
void tallies_add(struct tallies *t, uint32_t cell, enum tally what, uint64_t n);

/* The side that reads: a copy of a table, of whoever's file. */
struct tallies_view {
	const struct tallies *table;
	uint32_t cells, stripes; /* checked */
};

/* What is counted in one cell. */
struct tally_sum {
	enum tally_kind kind;
	uint32_t route; /* slot, TALLY_NO_SLOT = none */
	uint32_t slot;  /* of kind, so */
	uint64_t counts[TALLIES];
};

/* False: these size bytes, aligned to 8, are no such table. */
bool tallies_open(struct tallies_view *v, const void *copy, size_t size);

/* The next cell that is in use, from *at on, which is 0 at first; false: there is none. */
bool tallies_next(const struct tallies_view *v, uint32_t *at, struct tally_sum *sum);

/* Adds to counts those of all cells of that kind and slot, or of that route. Each looks at all cells: where
 * many are asked for go through them once, by tallies_next(). */
void tallies_sum(const struct tallies_view *v, enum tally_kind kind, uint32_t slot, uint64_t counts[TALLIES]);
void tallies_sum_route(const struct tallies_view *v, uint32_t route, uint64_t counts[TALLIES]);

/* How many cells are in use, the others' aside. */
uint32_t tallies_used(const struct tallies_view *v);

#endif
