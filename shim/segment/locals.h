/* SPDX-License-Identifier: MIT */
/* This machine's addresses since the host was started, for all of its processes: those of the start, and those
 * that the housekeeping thread saw come later. None is taken out of the list, so that its numbers stay; one
 * writer, which counts page.addresses up behind each change. */
#ifndef BOND_SEGMENT_LOCALS_H
#define BOND_SEGMENT_LOCALS_H

#include <stdatomic.h>
#include <stdbool.h>

#include "config/addr.h"

#define LOCALS_MAX 4096

struct locals {
	uint64_t network; /* SO_NETNS_COOKIE of the network that they are of; 0 = not known */
	_Atomic uint32_t count;
	struct addr addrs[LOCALS_MAX];
	_Atomic uint8_t gone[LOCALS_MAX];
};

#endif
