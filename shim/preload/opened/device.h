/* SPDX-License-Identifier: MIT */
/* A socket that the host has bound to an interface (SO_BINDTODEVICE). */
#ifndef BOND_OPENED_DEVICE_H
#define BOND_OPENED_DEVICE_H

#include <stdbool.h>

#include "config/addr.h"

/* Whether it would not hear a member that is to be opened by it, because the member's address is on an interface
 * that neither is that one nor belongs to it. */
bool device_is_deaf(int fd, const struct addr *at, bool datagram);

/* Tells of each address of this machine that it does not hear for that reason; of none where that cannot be seen. Bare
 * system calls; async-signal-safe. */
void device_each_deaf(int fd, void (*tell)(void *ctx, const struct addr *a), void *ctx);

#endif
