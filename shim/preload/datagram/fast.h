/* SPDX-License-Identifier: MIT */
/* The ways of this thread's sockets: what a request does that leaves from a socket to the addresses of
 * one list of routes. Where addresses alone decide, all of them do alike, so that a decision costs a
 * look at the route and one at the way. Kept from decisions that were made in full (leave.c), never
 * where the text mattered or while calls are traced; void once fast_outdate() was called. */
#ifndef BOND_DATAGRAM_FAST_H
#define BOND_DATAGRAM_FAST_H

#include <netinet/in.h>

#include "config/match_table.h"
#include "preload/hot.h"
#include "preload/process.h"
#include "segment/generation.h"

#define FAST_MAX 256     /* sockets by routes, of one thread */
#define FAST_THREADS 512 /* that have such a memory; others decide anew each time */

struct fast {
	struct fast_from {
		uint32_t list; /* of config/match_table.h, mixed with what is below */
		int fd;        /* the host's, -1 = being written */
	} from[FAST_MAX];
	struct fast_out {
		uint32_t generation; /* 0 = none */
		int out;             /* where it is sent, or one of the below */
	} to[FAST_MAX];
};

#define FAST_CLOSE (1u << 31) /* of those that are not the host's own, in a list that has such */

enum {
	FAST_OWN = INT32_MIN,        /* the host's own call, whatever becomes of it */
	FAST_UNMARKED,               /* that, if no mark in the request may decide */
	FAST_LOOK,                   /* look closer: see FAST_CLOSE */
	FAST_MEMBER = INT32_MIN / 4, /* and the number of a member: on fd, from its address */
	FAST_CAREFUL = INT32_MIN / 2 /* and one of those, or a descriptor: if it fails, another may do */
};

/* This thread's own, or one where nothing is found. Thread-local storage has room for a pointer, hardly
 * for the table. */
extern _Thread_local struct fast *fast_mine __attribute__((visibility("hidden")));

/* Gives the threads that end their tables back. Once, in the constructor. */
void fast_init(void);

/* Something changed by which decisions are made. */
static inline void fast_outdate(void)
{
	generation_next(hot.generation);
}

static inline uint32_t fast_now(void)
{
	return generation_now(hot.generation);
}

/* What all the destinations have in common that are decided alike: the list of routes of the address,
 * and the route that DNS names for it. OCTETS_TREE, or that mixed with a route: it is not told here. */
static inline __attribute__((always_inline)) uint32_t fast_list(const struct sockaddr_in *to)
{
	return match_octets4(hot.match, (const uint8_t *)&to->sin_addr);
}

/* The route changes the lower half too, by which a place is found. */
static inline __attribute__((always_inline)) uint32_t fast_named_list(const struct sockaddr_in *to)
{
	return fast_list(to) ^ domains_route(&this_host.dns, hot.domain_routes, to->sin_addr.s_addr);
}

/* Lists are far enough apart for the sockets of one to stand in between. */
static inline struct fast_from *fast_place(int fd, uint32_t list)
{
	size_t at = (list + (unsigned)fd * sizeof(struct fast_from)) &
		(sizeof(fast_mine->from) - sizeof(struct fast_from));

	return (struct fast_from *)((char *)fast_mine->from + at);
}

static inline struct fast_out *fast_out_of(struct fast_from *w)
{
	return (struct fast_out *)(w + FAST_MAX);
}

/* Whether there is a way from fd to the addresses of that list, and its end. A signal handler that
 * sends may write another way there at any time, in place of another one's that was looked at too: an
 * end that is the same before and behind the look at whose it is, is right. */
static inline __attribute__((always_inline)) bool fast_find(int fd, uint32_t list, int *out)
{
	struct fast_from *w = fast_place(fd, list);

	if (unlikely(fast_now() != fast_out_of(w)->generation))
		return false;
	*out = fast_out_of(w)->out;
	atomic_signal_fence(memory_order_seq_cst);
	if (unlikely(w->list != list) || unlikely(w->fd != fd))
		return false;
	atomic_signal_fence(memory_order_seq_cst);
	return likely(fast_out_of(w)->out == *out);
}

/* The whole of it, also where the octets do not tell the list. */
uint32_t fast_any_list(const struct sockaddr_in *to);

/* Keeps the way to that address. generation is what fast_now() was before it was decided. */
void fast_keep(int fd, const struct sockaddr_in *to, uint32_t generation, int out);

/* Forgets all of this thread's. */
void fast_clear(void);

#endif
