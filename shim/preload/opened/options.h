/* SPDX-License-Identifier: MIT */
/* Options of a socket that hears more than the host believes, which are libbond's there: the host is told, and
 * given, its own. Async-signal-safe. */
#ifndef BOND_OPENED_OPTIONS_H
#define BOND_OPENED_OPTIONS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/likely.h"
#include "preload/hot.h"

/* Whether the option is such a one of fd. */
bool options_are_ours_slow(int fd, int level, int name);

static inline bool options_are_ours(int fd, int level, int name)
{
	return unlikely(page.p.mode & HOT_CLIENTS) && options_are_ours_slow(fd, level, name);
}

/* As setsockopt(2) and getsockopt(2). */
int options_set(int fd, int level, int name, const void *value, socklen_t len);
int options_get(int fd, int level, int name, void *value, socklen_t *len);

#endif
