/* SPDX-License-Identifier: MIT */
/* Why the addresses of a domain do not decide alone, in words, for the trace and the tools: the
 * domain's name stands between `before` and `after`. Explained in libbond.8. */
#ifndef BOND_DNS_GONE_H
#define BOND_DNS_GONE_H

#include "table_view.h"

struct gone {
	const char *before;
	const char *after;
};

static inline struct gone gone_of(uint8_t state)
{
	switch (state) {
	case TABLE_PARTIAL:
		return (struct gone){"not every DNS answer for ", " yet"};
	case TABLE_FULL:
		return (struct gone){"the table has no room for all of ", ""};
	default:
		return (struct gone){"no DNS answer for ", " yet"};
	}
}

#endif
