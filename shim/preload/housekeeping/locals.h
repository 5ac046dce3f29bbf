/* SPDX-License-Identifier: MIT */
/* Addresses that this machine gets and loses, for what the host's wildcard sockets hear (segment/locals.h): a
 * task of the housekeeping thread. Bare system calls, nothing of libc but memory functions: see bare.h. */
#ifndef BOND_HOUSEKEEPING_LOCALS_H
#define BOND_HOUSEKEEPING_LOCALS_H

#include "core/links.h"

/* l is all that there is, as the netlink socket fd told. Nothing where that is of another network than the
 * host was started in, or where the kernel does not say (before Linux 5.14). */
void locals_follow(const struct links *l, int fd);

#endif
