/* SPDX-License-Identifier: MIT */
/* What is known of a request from before: how its transaction began, by which rules, and whether it came in
 * before an arrival decided. PURE. */
#ifndef BOND_CORE_KEPT_H
#define BOND_CORE_KEPT_H

#include "host.h"
#include "segment/choices.h"
#include "sender.h"

/* How the first request of its transaction left, where r does not decide it anew. False: nothing is known, or
 * s->arrival is NULL. */
bool kept_find(const struct host *h, const struct rules *r, const struct sender *s, struct choice *kept);

/* The member of that address: it has to be called the same (RFC 3261 17.2.3 compares the sent-by), if there
 * are several that of the bond. An earlier INI's will do. SELECT_NONE: none. */
uint32_t kept_member(const struct rules *r, const struct choice *kept);

/* Whether it came in while no rules asked where, and was not answered since. A mark in the form that leaves proves
 * nothing; that it is noted here does, with the branch, the call and the request that came with it: what a peer
 * makes of that is the same request to the host, too, as long as it is not answered (RFC 3261 17.2.3). */
bool kept_came_before(const struct host *h, const struct sender *s);

/* Whether it belongs to the rules before h->rules: its transaction began by them, which is noted, though not how;
 * or nothing is noted of what it follows, as of all that began since; or it came in then. */
bool kept_is_of_before(const struct host *h, const struct sender *s);

#endif
