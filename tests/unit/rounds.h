/* SPDX-License-Identifier: MIT */
/* How often a test is to try something at random: a tenth of it where each try is some 30 times slower. */
#ifndef BOND_TEST_ROUNDS_H
#define BOND_TEST_ROUNDS_H

#include <stdlib.h>

/* BOND_TEST_SLOW=1: under valgrind. */
static inline int rounds(int n)
{
	return getenv("BOND_TEST_SLOW") ? n / 10 : n;
}

#endif
