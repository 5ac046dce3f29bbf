/* SPDX-License-Identifier: MIT */
/* Spreads keys over tables: multiplication by the golden ratio, whose upper bits depend on all of the key's. */
#ifndef BOND_BASE_HASH_H
#define BOND_BASE_HASH_H

#include <stdint.h>

static inline uint64_t hash_mix(uint64_t key)
{
	return key * UINT64_C(0x9E3779B97F4A7C15);
}

#endif
