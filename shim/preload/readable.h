/* SPDX-License-Identifier: MIT */
/* Whether an address may be read: what the kernel answers with EFAULT must not kill the host. Only the
 * first 64 KiB and what lies beyond the user's half are known without asking. */
#ifndef BOND_READABLE_H
#define BOND_READABLE_H

#include <sys/types.h>

#include "hot.h"

static inline bool readable(const void *p)
{
	return (uintptr_t)p - HOT_ADDRESS_LOW < hot.address_span;
}

/* Copies n bytes of the host's, which another of its threads may change or unmap: false where reading them
 * would fault. Asks the kernel: not for the way of a message. self: this process; errno is kept. */
bool readable_copy(void *to, const void *from, size_t n, pid_t self);

#endif
