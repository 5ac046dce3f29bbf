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

#endif
