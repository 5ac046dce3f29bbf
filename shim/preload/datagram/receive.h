/* SPDX-License-Identifier: MIT */
/* The real calls that read datagrams, with what arrive.c wants to know besides: made again, as often as what
 * came is for nobody. For sockets of which arrive_wants() said yes. */
#ifndef BOND_DATAGRAM_RECEIVE_H
#define BOND_DATAGRAM_RECEIVE_H

#include "arrive.h"

/* As recvfrom(); name is the call's in the trace. */
ssize_t receive_bytes(const char *name, int fd, void *buf, size_t n, int flags, void *from,
	socklen_t *fromlen);

/* As recvmsg(); readv() too, by that name. */
ssize_t receive_message(const char *name, int fd, struct msghdr *msg, int flags);

/* recvmsg() on a socket whose arrivals are asked for, and no more. to: the local address, family 0 = not
 * known. */
ssize_t receive_arrival(int fd, struct msghdr *msg, int flags, struct addr *to);

/* What one message of n bytes, as the kernel filled it in, comes to: its length from now on, or
 * ARRIVE_DROPPED. to: as above, NULL = not asked for. flags: as the host
 * gave them. */
ssize_t receive_arrived(int fd, const struct msghdr *msg, size_t n, const struct addr *to,
	int flags, struct trace_in *trace);

#endif
