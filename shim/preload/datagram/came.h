/* SPDX-License-Identifier: MIT */
/* What arrives at a listener of opened members tells by which of them its peer is reached (segment/flows.h).
 * Async-signal-safe. */
#ifndef BOND_DATAGRAM_CAME_H
#define BOND_DATAGRAM_CAME_H

#include "preload/process.h"

/* Whether fd, whose word bits is, is such a listener: the host knows one address of it, and it hears others. */
static inline bool came_wants(int fd, uint32_t bits)
{
	const uint32_t kind = FD_UDP | FD_LISTENER | FD_ARRIVALS;

	return (bits & kind) == kind && !addr_is_any(&record_of(fd)->local);
}

/* A datagram, whatever it is, came to fd, of which that is asked; from or to of family 0 = not known. */
void came_note(int fd, const struct addr *from, const struct addr *to);

#endif
