/* SPDX-License-Identifier: MIT */
/* Whether an address may be read: what the kernel answers with EFAULT must not kill the host. Only the
 * first 64 KiB and what lies beyond the user's half are known without asking. */
#ifndef BOND_READABLE_H
#define BOND_READABLE_H

#include "hot.h"

static inline bool readable(const void *p)
{
	return (uintptr_t)p - HOT_ADDRESS_LOW < hot.address_span;
}

#endif
