/* SPDX-License-Identifier: MIT */
/* The clock that deadlines go by: milliseconds, monotonic. */
#ifndef BOND_DNS_CLOCK_H
#define BOND_DNS_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

#endif
