/* SPDX-License-Identifier: MIT */
/* By which address of a listener of opened members the peers of its connections are reached, once the host opens
 * others to them (segment/flows.h). Async-signal-safe. */
#ifndef BOND_STREAM_PEER_H
#define BOND_STREAM_PEER_H

#include "common.h"
#include "segment/flows.h"

/* Whether a connection came in by such a listener. */
static inline bool peer_is_met(uint32_t bits)
{
	const uint32_t kind = FD_TCP | FD_ACCEPTED | FD_OPENED;

	return (bits & kind) == kind;
}

/* That peer came to `at` of such a listener, which the host knows by the name `home`. trust: at least
 * FLOW_PROVED, unless it was a datagram. */
void peer_came(const struct addr *from, const struct addr *at, const struct addr *home, enum flow_trust trust);

/* So, with a message by which it may name the port where it wants to be reached. */
void peer_named(const struct addr *from, const struct addr *at, const struct addr *home, enum flow_trust trust,
	const char *p, size_t n);

/* fd was accepted by such a listener, whatever it speaks. */
void peer_connected(int fd);

/* Bytes of such a connection that the host is about to read, or has sent: a message begins with them where the
 * state of p is between two. */
void peer_asks(const struct passage *p, const char *bytes, size_t n);
void peer_is_answered(const struct passage *p, const char *bytes, size_t n);

#endif
