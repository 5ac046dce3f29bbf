/* SPDX-License-Identifier: MIT */
/* A table of descriptors of its own, for a thread inside a host. */
#ifndef BOND_BASE_DESCRIPTORS_H
#define BOND_BASE_DESCRIPTORS_H

#include <stddef.h>

/* For such a thread, first of all: gives it a table of descriptors that has only those of
 * keep[0 .. count), in rising order. From then on a host that closes
 * everything, or gives numbers a meaning, does not meet this thread's sockets, and it holds nothing
 * of the host's open. 0, or what close_range(2) says (ENOSYS before Linux 5.9): then the thread
 * goes on with the host's table. */
int descriptors_leave(const int *keep, size_t count);

#endif
