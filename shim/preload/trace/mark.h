/* SPDX-License-Identifier: MIT */
/* What is noted before a call, for the line that is printed after it. Async-signal-safe. */
#ifndef BOND_TRACE_MARK_H
#define BOND_TRACE_MARK_H

#include <sys/socket.h>
#include <time.h>

#include "line.h"

/* When a call began, and what was known by then. */
struct trace_mark {
	struct timespec start; /* CLOCK_MONOTONIC */
	int fd;                /* whose state follows, -1 = none */
	socklen_t room;        /* of an address to be answered; TRACE_NO_ROOM = not known */
	uint32_t bits;
	struct addr local, peer;
};

#define TRACE_NO_ROOM ((socklen_t)-1)

void trace_begin(struct trace_mark *m);
/* As trace_begin(), for a call that changes or ends fd: the line will show it as it was. len = where
 * the host says how much room an answer has, read now because the call overwrites it; else NULL. */
void trace_begin_call(struct trace_mark *m, int fd, const socklen_t *len);

/* The descriptor as it is, or as it was if the mark is its; m may be NULL. */
void trace_put_fd(struct line *l, const struct trace_mark *m, int fd);

#endif
