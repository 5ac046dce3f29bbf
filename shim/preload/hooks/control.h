/* SPDX-License-Identifier: MIT */
/* The control data of datagrams whose arrivals libbond asks the kernel for (ip(7), ipv6(7)). */
#ifndef BOND_HOOKS_CONTROL_H
#define BOND_HOOKS_CONTROL_H

#include <stdbool.h>
#include <stddef.h>

#include "config/addr.h"

/* Takes libbond's own control data out of the n bytes that the kernel filled in, unless keep, and finds
 * the address that the datagram came to (family 0: not told). Returns how many bytes are the host's. */
size_t control_split(char *control, size_t n, bool keep, struct addr *to);

#endif
