/* SPDX-License-Identifier: MIT */
/* A message that the host sends, to be looked at in one piece. */
#ifndef BOND_DATAGRAM_VIEW_H
#define BOND_DATAGRAM_VIEW_H

#include <stdbool.h>

#include "preload/outgoing.h"
#include "preload/scratch.h"

/* Where the host gave it in several it is copied, and the room for that is to be given back before the
 * call, in which the thread may be cancelled. */
struct view {
	const char *p;
	size_t n;
	struct scratch *scratch;
};

/* Shows the message at its place if it is in one piece. False: it cannot be looked at, or nothing of
 * what UDP carries; there is nothing to close then. */
bool view_open(struct view *view, const struct msghdr *msg);

/* Shows a copy, wherever it is. False: as above. */
bool view_copy(struct view *view, const struct msghdr *msg);

void view_close(struct view *view);

#endif
