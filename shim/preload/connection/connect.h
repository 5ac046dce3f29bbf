/* SPDX-License-Identifier: MIT */
/* connect(2) of a stream socket: who decides, and from where it is opened. */
#ifndef BOND_CONNECTION_CONNECT_H
#define BOND_CONNECTION_CONNECT_H

#include <sys/socket.h>

#include "core/verdict.h"

/* Connects fd, whose bits are those of classified(). Returns what the host's call returns, with
 * errno. */
int connection_connect(int fd, const void *sa, socklen_t len, uint32_t bits, struct verdict *v);

#endif
