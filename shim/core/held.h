/* SPDX-License-Identifier: MIT */
/* What a running host keeps of its first INI until it restarts, whatever INI it goes by. PURE. */
#ifndef BOND_CORE_HELD_H
#define BOND_CORE_HELD_H

#include "config/model.h"

/* Sets in c what only a restart changes to what former has, whose texts c uses then:
 * `headers`: dialogs that run know the host by the names that they were given, written over or not (RFC 3261
 * 12.2), and a host that begins or ceases to write them anew is another to its peers in their middle;
 * `header`: the host's script, which reads and writes that field, was read when the host began. */
void held_keep(struct config *c, const struct config *former);

/* Whether that would change them. */
bool held_headers(const struct config *c, const struct config *former);
bool held_header(const struct config *c, const struct config *former);

#endif
