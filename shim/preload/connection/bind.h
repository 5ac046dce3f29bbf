/* SPDX-License-Identifier: MIT */
/* Where a connection comes from: its socket is bound before connect(), to a member or back to what
 * the host bound. Never in a send. */
#ifndef BOND_CONNECTION_BIND_H
#define BOND_CONNECTION_BIND_H

#include <stdint.h>

#include "config/model.h"

/* Binds fd to m's address and to port, as its device and source-port ask; 0 = the kernel chooses
 * one at connect(). bits: of core/sockets.h. 0 or an errno. */
int bind_source(int fd, uint32_t bits, const struct member *m, uint16_t port);

/* Makes the kernel forget address and port of a socket that is bound to a port of its choice. */
void bind_release(int fd);

/* Back to what the host bound, for a destination that is none of ours. */
void bind_back(int fd, uint32_t bits);

#endif
