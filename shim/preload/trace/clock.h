/* SPDX-License-Identifier: MIT */
/* The time of day in a line. Async-signal-safe: localtime() takes a lock, so the zone is that of the start. */
#ifndef BOND_TRACE_CLOCK_H
#define BOND_TRACE_CLOCK_H

#include <time.h>

#include "line.h"

struct clock {
	long zone; /* seconds east of UTC */
	bool date; /* the date and the zone as well */
};

static inline long long clock_nanoseconds(const struct timespec *t)
{
	return t->tv_sec * 1000000000LL + t->tv_nsec;
}

/* "12:00:01.123456", or "2026-11-28T12:00:01.123456+00:00" (RFC 3339): nanoseconds since 1970. */
void clock_put(struct line *l, const struct clock *c, long long at);

#endif
