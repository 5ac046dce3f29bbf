/* SPDX-License-Identifier: MIT */
/* Follows this machine's interfaces and addresses by rtnetlink(7), and keeps for all to see which members can
 * be sent from (segment/states.h): a task of the housekeeping thread. Bare system calls, nothing of libc but
 * memory functions: see bare.h. */
#ifndef BOND_HOUSEKEEPING_WATCH_H
#define BOND_HOUSEKEEPING_WATCH_H

#include "core/links.h"

#define WATCH_BUFFER (64 * 1024)

struct watch {
	int fd; /* -1 = none can be had now */
	uint64_t retry_at; /* then */
	uint32_t sequence; /* of the last question */
	bool asks_addresses; /* else interfaces */
	bool whole; /* `now` is all that there is; while it is not, `next` is filled */
	bool changed;
	bool moved; /* since its user has set it to false, something has changed, also the rules */
	bool stuck; /* interfaces have other addresses than the rules say, and its user can do nothing about it */
	uint32_t generation; /* of the rules whose members were looked at last */
	struct links *now, *next;
	struct links views[2];
	char buffer[WATCH_BUFFER] __attribute__((aligned(8)));
};

/* Begins; w holds zeros, or what it had when it was closed last. */
void watch_open(struct watch *w);

/* Takes all that there is, without waiting for more. */
void watch_step(struct watch *w);

/* What poll(2) may wait for, -1 = nothing. */
static inline int watch_socket(const struct watch *w)
{
	return w->fd;
}

void watch_close(struct watch *w);

#endif
