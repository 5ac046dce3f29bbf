/* SPDX-License-Identifier: MIT */
/* How large the next datagram is, for hosts that ask before they read it: with what is written into it
 * on its way in, or that would have no room. */
#ifndef BOND_HOOKS_SIZE_H
#define BOND_HOOKS_SIZE_H

#include <sys/types.h>

/* What a call with these flags tells of a datagram of which the kernel told n bytes and that was cut:
 * more than n where it grows and the call was a look at it (MSG_PEEK with MSG_TRUNC). */
ssize_t size_told(int fd, int flags, ssize_t n);

#endif
