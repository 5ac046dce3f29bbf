/* SPDX-License-Identifier: MIT */
/* Members that the INI names by their interface: when that gets other addresses, the rules are made anew of
 * the INI's text, as it was read (segment/source.h), and published to all processes of the host. By the
 * housekeeping thread, which may call libc. */
#ifndef BOND_HOUSEKEEPING_FOLLOW_H
#define BOND_HOUSEKEEPING_FOLLOW_H

#include "core/image.h"

/* Whether the rules of that image follow interfaces. */
static inline bool follow_is_asked(const struct image *i)
{
	return i->interfaces;
}

/* Makes them anew where interfaces have other addresses than they say. 0, also where nothing has to be done;
 * EBUSY = another one publishes, try again; else an errno: it cannot be done from within the host. */
int follow_interfaces(void);

#endif
