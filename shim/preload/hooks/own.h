/* SPDX-License-Identifier: MIT */
/* Descriptors that do not exist for the host: the log's, and what libbond keeps open (sockets/own.h). */
#ifndef BOND_HOOKS_OWN_H
#define BOND_HOOKS_OWN_H

#include "preload/sockets/note.h"
#include "preload/sockets/own.h"
#include "preload/trace/file.h"

static inline bool hook_is_own(int fd)
{
	return tracefile_owns(fd) || own_is(fd);
}

/* The host wants that number for something else. */
static inline void hook_own_gives_way(int fd)
{
	tracefile_move_away(fd);
	own_give_way(fd, note_copy);
}

#endif
