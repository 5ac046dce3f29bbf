/* SPDX-License-Identifier: MIT */
/* The sockets by which members are sent from. */
#ifndef BOND_CTL_STATUS_SOCKETS_H
#define BOND_CTL_STATUS_SOCKETS_H

#include "status.h"

/* Fills in use and sockets of every member. False: no memory. */
bool status_sockets(struct status *s);

/* The same of a copy of the section of adopted sockets, of which those with an inode among `count` sorted
 * ones are open; for tests too. */
bool status_take_sockets(struct status *s, const void *copy, size_t size, const uint64_t *inodes,
	size_t count);

#endif
