/* SPDX-License-Identifier: MIT */
/* A hash with open addressing, whose places are the numbers. */
#include "sources.h"

#include "base/hash.h"

#define PROBES 32

_Atomic uint64_t sources[1 << SOURCES_BITS];

uint32_t sources_number(const struct member *m)
{
	uint32_t ip;

	memcpy(&ip, m->addr.ip + 12, sizeof(ip));
	uint64_t source = (uint64_t)m->device_index << 32 | ip;
	uint32_t first = (uint32_t)(hash_mix(source) >> (64 - SOURCES_BITS));
	for (uint32_t i = 0; source && i < PROBES; i++) {
		uint32_t n = (first + i) % (1 << SOURCES_BITS);
		uint64_t is = 0;
		if (atomic_compare_exchange_strong(&sources[n], &is, source) || is == source)
			return n;
	}
	return SOURCES_NONE;
}
