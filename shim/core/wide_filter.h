/* SPDX-License-Identifier: MIT */
/* A classic BPF filter (SO_ATTACH_FILTER, socket(7)) by which a socket that is bound to the wildcard
 * address takes only what is sent to certain addresses of its family. The system says which packets
 * those are by their IP header, so that it holds for fragments, options and extension headers alike.
 * PURE: no socket, no log, no allocation. */
#ifndef BOND_CORE_WIDE_FILTER_H
#define BOND_CORE_WIDE_FILTER_H

#include <linux/filter.h>

#include "config/addr.h"

/* At most so many addresses: a program may be as long as net.core.optmem_max (20480) allows. */
#define WIDE_FILTER_IPV4_MAX 410
#define WIDE_FILTER_IPV6_MAX 110
#define WIDE_FILTER_LENGTH 1024 /* instructions, without those of a program that follows */

/* Writes the program for `count` addresses of one family (at least one, at most the number above) to
 * out, of WIDE_FILTER_LENGTH + 2 + then_count instructions; returns its length. What it takes is
 * judged by the host's own filter next, if then_count is not 0. */
size_t wide_filter(struct sock_filter *out, const struct addr *list, size_t count,
	const struct sock_filter *then, size_t then_count);

/* Of a program that wide_filter() wrote: the host's own within it, of *then_count instructions, 0 = none. */
const struct sock_filter *wide_filter_then(const struct sock_filter *p, size_t count, size_t *then_count);

/* Whether a program was written by wide_filter(); then its first address, without port. */
bool wide_filter_first(const struct sock_filter *p, size_t count, struct addr *first);

#endif
