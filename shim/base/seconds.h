/* SPDX-License-Identifier: MIT */
/* Seconds for the age of what processes share, from a clock that all of them have and that goes on while the date is
 * set. No system call where the vDSO has it; async-signal-safe. */
#ifndef BOND_SECONDS_H
#define BOND_SECONDS_H

#include <stdint.h>
#include <time.h>

static inline uint32_t seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint32_t)now.tv_sec;
}

#endif
