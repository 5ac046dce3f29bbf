/* SPDX-License-Identifier: MIT */
/* The sources of sends that are done again (fast.h): IPv4 address and device in one word, by a number that
 * means the same whatever the rules are. Words are only ever added; no lock; async-signal-safe. */
#ifndef BOND_DATAGRAM_SOURCES_H
#define BOND_DATAGRAM_SOURCES_H

#include <stdatomic.h>

#include "config/model.h"

#define SOURCES_BITS 16
#define SOURCES_NONE UINT32_MAX

extern _Atomic uint64_t sources[1 << SOURCES_BITS] __attribute__((visibility("hidden")));

/* The number of the source that the member is, or SOURCES_NONE: there is no room for it. */
uint32_t sources_number(const struct member *m);

/* The address, as it stands in memory, and the device's index, 0 = any. */
static inline uint32_t sources_ip(uint64_t source)
{
	return (uint32_t)source;
}
static inline uint32_t sources_device(uint64_t source)
{
	return (uint32_t)(source >> 32);
}

#endif
