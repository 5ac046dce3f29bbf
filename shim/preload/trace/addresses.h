/* SPDX-License-Identifier: MIT */
/* Addresses, and descriptors with theirs, as strace 6.1 prints them (-yy). Async-signal-safe. */
#ifndef BOND_TRACE_ADDRESSES_H
#define BOND_TRACE_ADDRESSES_H

#include "line.h"

/* The descriptor with what its bits (core/sockets.h) and record say: 7<UDP:[10.0.0.3:5060]>. */
void addresses_fd(struct line *l, int fd, uint32_t bits, const struct addr *local,
	const struct addr *peer);

/* A connection by its ends, which has no number here: <TLS:[10.0.0.3:40000->10.0.0.9:5061]>. */
void addresses_ends(struct line *l, const char *what, bool v6, const struct addr *local, const struct addr *peer);

/* len bytes in the host's memory. */
void addresses_sockaddr(struct line *l, const void *sa, socklen_t len);

#endif
