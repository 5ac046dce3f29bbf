/* SPDX-License-Identifier: MIT */
/* What leaves a listener of opened members from the address that the host knows it by, since nobody says otherwise of
 * it: told without a decision, by ways that were kept (fast.h), for the calls and families beside sendto() to IPv4,
 * which has its own (sendto.c). Async-signal-safe. */
#ifndef BOND_DATAGRAM_SHOWN_H
#define BOND_DATAGRAM_SHOWN_H

#include <sys/socket.h>

#include "preload/process.h"
#include "segment/flows.h"
#include "sip/scan_start.h"

/* Whether nobody says otherwise of what such a listener sends there: the peer, whose address ends in these four bytes
 * as they stand in memory, did not come in by an opened member, and it is not the host. */
static inline __attribute__((always_inline)) bool shown_may(uint32_t low, uint16_t port)
{
	return !flows_may(this_host.segment.flows, low) && !hears_may(&this_host.hears, low, port);
}

/* Whether no mark in a request decides; the rules are asked only where there is one. */
bool shown_is_unmarked(const void *buf, size_t n);

/* sendto() on an IPv6 socket, of at least 64 readable bytes; most: of what is no SIP. True: it was sent, or
 * could not be for a cause that no decision would change, with errno; *result is the call's. False: it is to
 * be decided. */
bool shown_sendto6(int fd, const void *buf, size_t n, int flags, const void *to, socklen_t tolen,
	const struct scan_most *most, ssize_t *result);

/* The same of sendmsg(), of which nothing is known. */
bool shown_sendmsg(int fd, const struct msghdr *msg, int flags, const struct scan_most *most, ssize_t *result);

#endif
