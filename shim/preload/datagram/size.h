/* SPDX-License-Identifier: MIT */
/* How large the host is told that a datagram is: FIONREAD, and MSG_PEEK with MSG_TRUNC in place of it. */
#ifndef BOND_DATAGRAM_SIZE_H
#define BOND_DATAGRAM_SIZE_H

#include <sys/types.h>

/* The larger of n and what the datagram that waits will have once it is edited. What is restored may
 * be shorter than what came; but the kernel puts into the host's room what came. errno is kept. */
ssize_t size_of_next(int fd, ssize_t n);

/* How long the datagram is that waits, 0 = there is none: where the kernel does not say by FIONREAD (udp(7)), as it
 * does not of a socket to which it leads what comes to members. */
ssize_t size_there(int fd);

/* What a read with those flags says of a datagram that has n bytes once it is edited. */
ssize_t size_told(int fd, int flags, ssize_t n);

#endif
