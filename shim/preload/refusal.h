/* SPDX-License-Identifier: MIT */
/* What the errors of a send or a connect() say of the source address that was set for it, as opposed to
 * the message, the path, or what ICMP said before. Async-signal-safe. */
#ifndef BOND_REFUSAL_H
#define BOND_REFUSAL_H

#include "config/model.h"

/* Whether a send that failed so may succeed by another member or descriptor. */
bool refusal_is_possible(int error);

/* Whether the descriptor is no datagram socket that sends any more. */
bool refusal_is_of_descriptor(int error);

/* Whether the kernel refuses the member's address as a source to dst. */
bool refusal_is_of_source(int error, const struct member *m, const struct addr *dst);

/* Whether an address that is no member's is none of this machine, now. */
bool refusal_is_of_address(const struct addr *source);

/* Whether a socket bound to the member's address can reach dst: tells the call's own refusal from an
 * error that ICMP left behind. Three system calls; errno is kept. */
bool refusal_source_works(const struct member *m, const struct addr *dst);

#endif
