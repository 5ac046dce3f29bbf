/* SPDX-License-Identifier: MIT */
/* Descriptors that libbond keeps for itself among the host's: by numbers that a host with few never comes to,
 * closed at exec, and for the host they do not exist: it can neither close nor copy them, and where it wants
 * one's number for its own they give way. Per process, inherited by fork; no lock; async-signal-safe. A way to
 * end a descriptor that no hook sees ends these too; who uses one finds out by what the kernel says. */
#ifndef BOND_SOCKETS_OWN_H
#define BOND_SOCKETS_OWN_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/likely.h"

#define OWN_MAX 256

/* How many places were ever taken: 0 in nearly every host. */
extern _Atomic int own_used __attribute__((visibility("hidden")));

/* A copy of fd near 1024, or near the limit of the process where that is lower, above `above`, closed at exec; a
 * negative errno: there is none. */
int own_duplicate(int fd, int above);

/* Keeps fd as libbond's own, by another number; that one is closed. Returns the place by which it is found again,
 * or a negative errno, with fd closed. */
int own_keep(int fd);

/* The descriptor at that place, -1: none. */
int own_at(int place);

/* Closes it, and frees the place. */
void own_close(int place);

/* fd is kept no more, but stays open. */
void own_let_go(int fd);

/* Whether fd is one of these, as told by the places. */
bool own_has(int fd);

static inline bool own_is(int fd)
{
	return unlikely(atomic_load_explicit(&own_used, memory_order_relaxed) != 0) && own_has(fd);
}

/* The host is about to make fd something of its own: what is there moves to another number. moved is told,
 * before the old number goes. */
void own_give_way(int fd, void (*moved)(int from, int to));

/* The lowest of these that is `from` or above, -1: none. */
int own_next(unsigned from);

#endif
