/* SPDX-License-Identifier: MIT */
/* By which opened member of its listener a peer came in last: what the host sends to it leaves from there, and
 * a flow never moves (RFC 5626 3.5). PURE; async-signal-safe. */
#ifndef BOND_CORE_FLOW_H
#define BOND_CORE_FLOW_H

#include "host.h"
#include "sender.h"

/* Whether the sender's socket hears what comes to `at`. */
bool flow_is_heard(const struct host *h, const struct rules *r, const struct sender *s, const struct addr *at);

/* The member's address, of a sender that is wide. False: the peer did not come in by one that is there. */
bool flow_find(const struct host *h, const struct rules *r, const struct sender *s, struct addr *at);

/* The member that a new connection of that transport leaves from, as the peer came in there, or at another
 * member of its bond: by a connection, or a datagram. SELECT_NONE: none; or the host bound the socket to an
 * address of its own that is not that of the listener. */
uint32_t flow_find_connection(const struct host *h, const struct rules *r, const struct sender *s, enum transport t);

#endif
