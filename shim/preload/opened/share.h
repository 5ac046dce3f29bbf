/* SPDX-License-Identifier: MIT */
/* The host's other sockets of a port of which it has one that is bound to every address. */
#ifndef BOND_OPENED_SHARE_H
#define BOND_OPENED_SHARE_H

#include <stdint.h>
#include <sys/socket.h>

#include "config/addr.h"

/* The descriptor of this process by which members are opened, of that kind, family and port, or -1. */
int share_with(uint32_t bits, const struct addr *a);

/* As bind(2) to another address of such a port: all of its sockets share it for as long as the call takes, and
 * nobody else does. */
int share_bind(int fd, const void *sa, socklen_t len, uint32_t bits, const struct addr *a);

/* As listen(2), so. */
int share_listen(int fd, int backlog, uint32_t bits);

#endif
