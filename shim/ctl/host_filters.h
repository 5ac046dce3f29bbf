/* SPDX-License-Identifier: MIT */
/* The filters of a host's listeners for connections: later kernels take such a filter from programs with CAP_NET_ADMIN
 * alone, so that a host which has given that up cannot change its own. bondctl does it in its place, on descriptors
 * of the same sockets (pidfd_getfd(2)). */
#ifndef BOND_CTL_HOST_FILTERS_H
#define BOND_CTL_HOST_FILTERS_H

#include "restart_open.h"

/* Lets each of them hear what `now` opens, where the host has not done that itself, which it does at once where it may;
 * and tells status so, by the host's file, of which fd is one for writing. Those that stay as they were are
 * complained of to `complaints`, NULL = to nobody. Returns how many these are. */
unsigned host_filters_renew(const struct running *host, int fd, const struct opens_by *by, const struct rules *now,
	FILE *complaints);

#endif
