/* SPDX-License-Identifier: MIT */
/* bind() of a listener by which members are opened. */
#ifndef BOND_OPENED_BIND_H
#define BOND_OPENED_BIND_H

#include <sys/socket.h>

#include "base/likely.h"
#include "preload/real/real.h"
#include "preload/rules_due.h"

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

#endif
