/* SPDX-License-Identifier: MIT */
/* What arrives at a listener of opened members tells by which of them its peer is reached (segment/flows.h).
 * Async-signal-safe. */
#ifndef BOND_DATAGRAM_CAME_H
#define BOND_DATAGRAM_CAME_H

#include "preload/process.h"

/* Whether that is asked of a socket with that word. */
static inline bool came_wants(uint32_t bits)
{
	return sockets_is_wide(bits) && (bits & FD_LISTENER);
}

/* A datagram, whatever it is, came to fd, of which that is asked; from or to of family 0 = not known. */
void came_note(int fd, const struct addr *from, const struct addr *to);

#endif
