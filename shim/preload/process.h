/* SPDX-License-Identifier: MIT */
/* The host whose process this is, handed to everything in core/ that asks for one. */
#ifndef BOND_PROCESS_H
#define BOND_PROCESS_H

#include "core/host.h"

extern struct host this_host __attribute__((visibility("hidden")));

/* The rules to go by: taken once for each call that the host makes, and handed on. They live as long as
 * the process; which ones this_host has may change at any time, and numbers of one mean nothing in others. */
static inline const struct rules *rules_now(void)
{
	return __atomic_load_n(&this_host.rules, __ATOMIC_ACQUIRE);
}

/* The bits of a descriptor as they stand, 0 if the descriptor is not known yet. */
static inline uint32_t bits_of(int fd)
{
	return sockets_bits(&this_host.sockets, fd);
}

/* Where the host's descriptor fd stands in the table, 0 <= fd < this_host.sockets.max. */
static inline struct fd_record *record_of(int fd)
{
	return &this_host.sockets.records[fd];
}

#endif
