/* SPDX-License-Identifier: MIT */
/* Which sockets of this machine are libbond's own, of whichever process of the host. */
#ifndef BOND_LOOKUP_OURS_H
#define BOND_LOOKUP_OURS_H

#include <stdbool.h>

#include "config/addr.h"

/* Whether all sockets of UDP at that address and port are some from which members are sent (source.h): then nobody
 * else has it. False also where it cannot be seen, without proc(5). Bare system calls. */
bool ours_alone(const struct addr *at);

#endif
