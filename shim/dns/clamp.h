/* SPDX-License-Identifier: MIT */
#ifndef BOND_DNS_CLAMP_H
#define BOND_DNS_CLAMP_H

#include <stdint.h>

static inline uint32_t clamp(uint32_t v, uint32_t least, uint32_t most)
{
	return v < least ? least : v > most ? most : v;
}

#endif
