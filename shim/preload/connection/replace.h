/* SPDX-License-Identifier: MIT */
/* A fresh socket under the host's number, for one whose explicit port the kernel will not let go.
 * What the host set on the old one is carried over: options, flags, epoll registrations. */
#ifndef BOND_CONNECTION_REPLACE_H
#define BOND_CONNECTION_REPLACE_H

#include <stdint.h>

#include "config/model.h"

/* Puts a fresh socket, bound to m's address and to port (bind_source()), in the place of fd: same
 * number, options, flags and epoll registrations. 0; EADDRNOTAVAIL and the like from bind(); EBUSY
 * where it cannot be done without the host noticing. The old socket is untouched if it fails. */
int replace_stream(int fd, uint32_t bits, const struct member *m, uint16_t port);

/* The same, at that address and port, of which both are the host's. */
int replace_stream_at(int fd, uint32_t bits, const struct addr *to);

/* The same for a datagram socket, at that address and port; what it had queued is gone. */
int replace_datagram(int fd, uint32_t bits, const struct addr *to);

#endif
