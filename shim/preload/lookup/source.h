/* SPDX-License-Identifier: MIT */
/* Sockets of libbond's own at the addresses of members: from one a member is sent whose port no listener of the
 * host has; it hears nothing. Async-signal-safe. */
#ifndef BOND_LOOKUP_SOURCE_H
#define BOND_LOOKUP_SOURCE_H

#include "config/model.h"

/* Keeps one for a member of UDP, unless there is one: it carries the member. 0 or an errno. */
int source_keep(const struct member *m);

/* fd is one of those, whose member is gone. */
void source_end(int fd);

#endif
