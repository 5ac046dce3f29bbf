/* SPDX-License-Identifier: MIT */
/* TLS connections at their start: the hellos of both directions are read along as they go through the host's
 * own calls, so that segment/hellos.h knows the connection by them. What the kernel really took or gave
 * counts, and nothing that was only looked at. Behind the hellos a connection costs a test of FD_HELLOS.
 * No lock, no malloc; async-signal-safe; errno is kept. */
#ifndef BOND_STREAM_FOLLOW_H
#define BOND_STREAM_FOLLOW_H

#include <sys/socket.h>

#include "preload/sockets/note.h"

/* Whether connections are to be followed by those rules. */
static inline bool follow_wants(const struct rules *r)
{
	return r->edits && r->tls;
}

/* Whether this one is, of a descriptor with those bits. */
static inline bool follow_is(uint32_t bits)
{
	return (bits & (FD_TCP | FD_HELLOS)) == (FD_TCP | FD_HELLOS);
}

/* A call with those flags has sent, or has read into msg, that many bytes (-1: none) on a connection that is
 * followed. */
void follow(int fd, bool in, const struct msghdr *msg, int flags, ssize_t result);

/* The host's own call on a connection, followed if it is to be. */
ssize_t follow_recv(int fd, struct msghdr *msg, int flags);

#endif
