/* SPDX-License-Identifier: MIT */
/* The answer to a request that the host is not to see: 403, without state (RFC 3261 8.2.6, 8.2.7).
 * PURE: no socket, no log, no allocation; async-signal-safe. */
#ifndef BOND_REPLY_H
#define BOND_REPLY_H

#include "scan.h"
#include "prf.h"

/* Writes the 403 to a request of n bytes from source into buf, and where it goes into *to: the
 * source's address, and its port if the top Via asks for that (RFC 3581), else the port in sent-by.
 * Returns its length; 0: nothing is to be sent (an ACK, no request, a field missing that an answer
 * needs, no room, or an answer larger than the request, which would serve to flood others). */
size_t reply_403(const char *p, size_t n, const struct prf_key *key, const struct addr *source,
	char *buf, size_t room, struct addr *to);

#endif
