/* SPDX-License-Identifier: MIT */
/* What is known of each descriptor of the host: a flat table, one atomic word and one record a
 * number. A zero word is "not known": it is classified at its first use, and every call that
 * returns or ends a descriptor forgets the number first. No lock; async-signal-safe; inherited
 * by fork; a vfork child never changes it (fds_may_change()). */
#ifndef BOND_FDS_H
#define BOND_FDS_H

#include <stdatomic.h>

#include "../config/addr.h"

#define FD_MAX (1 << 20) /* descriptors beyond are never steered */

/* Bits of a word. */
enum {
	FD_OTHER = 1,           /* not an IP socket of ours to steer */
	FD_UDP = 2,
	FD_TCP = 4,
	FD_V6 = 8,              /* its domain is AF_INET6 */
	FD_FLOATING = 16,       /* its port was or will be chosen by the kernel */
	FD_SEEN = 32,           /* its life was seen from bind on, here or before a fork */
	FD_CONNECTED = 64,      /* record.peer holds */
	FD_LISTENER = 128,      /* UDP on an explicit port, or TCP after listen(): see listeners.h */
	FD_STEERED = 256,       /* libbond moved it: record.host_bound is what the host had bound */
	FD_SIP = 512,           /* SIP was sent on it */
	FD_ACCEPTED = 1024,
	FD_V6ONLY = 2048
};

struct fd_record {
	struct addr local;      /* bound to, as far as known; port 0 = the kernel has yet to choose */
	struct addr peer;       /* of connect() */
	struct addr host_bound; /* what the host asked bind() for; family 0 = it never did */
	struct addr named;      /* what getsockname() answers on a steered connection; family 0 = truth */
};

extern _Atomic uint32_t fd_words[FD_MAX] __attribute__((visibility("hidden")));
extern struct fd_record fd_records[FD_MAX] __attribute__((visibility("hidden")));

static inline uint32_t fds_peek(int fd)
{
	return (unsigned)fd < FD_MAX
		? atomic_load_explicit(&fd_words[fd], memory_order_acquire)
		: FD_OTHER;
}

#endif
