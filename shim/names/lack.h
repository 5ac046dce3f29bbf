/* SPDX-License-Identifier: MIT */
/* Why the addresses of a domain do not decide alone, in words, for the trace and the tools: the
 * domain's name stands between `before` and `after`. Explained in libbond.8. */
#ifndef BOND_LACK_H
#define BOND_LACK_H

#include "table.h"

struct lack {
	const char *before;
	const char *after;
};

static inline struct lack lack_of(uint8_t state)
{
	switch (state) {
	case TABLE_PARTIAL:
		return (struct lack){"not every DNS answer for ", " yet"};
	case TABLE_FULL:
		return (struct lack){"the table has no room for all of ", ""};
	default:
		return (struct lack){"no DNS answer for ", " yet"};
	}
}

#endif
