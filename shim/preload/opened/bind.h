/* SPDX-License-Identifier: MIT */
/* bind() of a listener by which members are opened. */
#ifndef BOND_OPENED_BIND_H
#define BOND_OPENED_BIND_H

#include <sys/socket.h>

#include "base/likely.h"
#include "preload/real/real.h"
#include "preload/rules_due.h"
#include "share.h"

/* The whole of opened_bind(). */
int opened_bind_slow(int fd, const void *sa, socklen_t len, uint32_t bits);

/* As bind(2). The first listener of a port at which members are opened is bound to every address, with a filter
 * for its own and theirs; the host is told nothing of it, and what is wrong with its own address is its error
 * as ever. The caller notes the bind. */
static inline int opened_bind(int fd, const void *sa, socklen_t len, uint32_t bits)
{
	return likely(!renew_rules()->opens && !(page.p.mode & HOT_CLIENTS)) ? real.bind(fd, sa, len)
									     : opened_bind_slow(fd, sa, len, bits);
}

/* As listen(2), of a listener that stands beside one by which members are opened. */
static inline int opened_listen(int fd, int backlog, uint32_t bits)
{
	return likely(!(page.p.mode & HOT_CLIENTS)) ? real.listen(fd, backlog) : share_listen(fd, backlog, bits);
}

/* Before the host connects fd, which it has bound: what was bound to every address because it might have become
 * a listener is bound to the host's own one. */
void opened_narrow_slow(int fd, uint32_t bits);

static inline void opened_narrow(int fd, uint32_t bits)
{
	if (unlikely((bits & (FD_TCP | FD_OPENED)) == (FD_TCP | FD_OPENED) && !(bits & (FD_LISTENER | FD_ACCEPTED))))
		opened_narrow_slow(fd, bits);
}

#endif
