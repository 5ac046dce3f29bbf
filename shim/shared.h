/* SPDX-License-Identifier: MIT */
/* Memory that all forked processes of the host share (MAP_SHARED, made before the first fork): the
 * names under which steered connections show themselves, found by the socket's cookie, because the
 * descriptor may travel to a process that never saw the connect(). Bounded, lock-free: a cache whose
 * oldest entry of a set is overwritten. */
#ifndef BOND_SHARED_H
#define BOND_SHARED_H

#include "../config/addr.h"

/* Once, in the constructor. Without the mapping the functions below do nothing. */
void shared_init(void);

/* Remembers the address that getsockname() shall show for this socket. Asks the kernel for SO_COOKIE. */
void shared_remember_name(int fd, const struct addr *name);

/* Fills in name if another process (or this one) remembered it; else leaves it alone. */
void shared_find_name(int fd, struct addr *name);

#endif
