/* SPDX-License-Identifier: MIT */
/* Client sockets that were widened (datagram/rebind.h), as they are found again. */
#ifndef BOND_SOCKETS_WIDE_H
#define BOND_SOCKETS_WIDE_H

#include "config/addr.h"

/* Whether the socket was widened before it came here, from another process or program: its filter tells.
 * Then its name is kept, and its record is as it was there. */
bool wide_was_made(int fd);

/* Whether a listener, or a connection that one accepted, was widened before it came here (preload/opened/). Then
 * its record is as it was there. */
bool wide_was_opened(int fd, bool connection);

/* Keeps what the host takes the socket's name to be, and which it has in truth. */
void wide_keep_name(int fd, const struct addr *shown, const struct addr *real_name);

#endif
