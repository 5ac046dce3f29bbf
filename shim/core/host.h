/* SPDX-License-Identifier: MIT */
/* All that decisions hang on, of one process of a host: what its INI means, which sockets it has, and
 * what the processes of the host share. A decision takes this, a sender and a message, and nothing else.
 * Large: static, or mapped. */
#ifndef BOND_CORE_HOST_H
#define BOND_CORE_HOST_H

#include "hears.h"
#include "listeners.h"
#include "names.h"
#include "rules.h"
#include "segment/segment.h"
#include "sockets.h"

struct host {
	const struct rules *rules; /* swapped whole; never NULL */
	/* Those before, by which requests began that are pending, and since when, as choices_renewed() has it;
	 * 0 = there were none. */
	const struct rules *before;
	uint32_t before_since;
	struct sockets sockets;
	struct listeners listeners;
	struct hears hears;
	struct names_room names;
	struct segment segment;
	struct table dns; /* attached where the rules have domains */
};

#endif
