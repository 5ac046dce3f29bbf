/* SPDX-License-Identifier: MIT */
/* Where the host's sockets stand by rules: what listeners.h, hears.h and names.h keep of them. PURE;
 * async-signal-safe. */
#ifndef BOND_CORE_STANDING_H
#define BOND_CORE_STANDING_H

#include "rules.h"

/* Where the sockets stand by r: no socket yet. rules_room(): how much zeroed room that takes, aligned to 16
 * bytes, which lives as long as r. rules_stand() makes it there. Async-signal-safe. */
size_t rules_room(const struct rules *r);
void rules_stand(struct rules *r, void *room);

#endif
