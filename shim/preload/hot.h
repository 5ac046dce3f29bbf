/* SPDX-License-Identifier: MIT */
/* The state of the whole shim in this process, set once by the constructor. */
#ifndef BOND_HOT_H
#define BOND_HOT_H

#include "config/match.h"

enum {
	SHIM_INERT = 0,
	SHIM_ACTIVE = 1, /* descriptors are followed, sends are decided */
	SHIM_TRACE = 2,
	SHIM_CLIENTS = 4 /* there are client sockets of which every send is looked at (client.h) */
};

/* 0 until the constructor has run and as long as libbond is inert: every hook tests it first. */
extern int shim_mode __attribute__((visibility("hidden")));
extern const struct config *shim_config __attribute__((visibility("hidden")));
extern const struct match *shim_match __attribute__((visibility("hidden")));

/* Where a program's memory can lie at all: from LOW on, span bytes. A variable, because a compare with
 * memory is shorter than one with a constant of that size. */
#define SHIM_ADDRESS_LOW 65536
extern uintptr_t shim_address_span __attribute__((visibility("hidden")));

/* The same while shim_mode is SHIM_ACTIVE and nothing else, else 0: one compare for both. */
extern uintptr_t shim_active_span __attribute__((visibility("hidden")));

void shim_has_clients(void) __attribute__((visibility("hidden")));

#define likely(x) __builtin_expect_with_probability(!!(x), 1, 0.9999)
#define unlikely(x) __builtin_expect_with_probability(!!(x), 0, 0.9999)

#endif
