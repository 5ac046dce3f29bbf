/* SPDX-License-Identifier: MIT */
/* One member in the kernel's table, for whoever changes that: a call of the host's (serve.h), or a thread of
 * libbond's while the host makes none (idle.h). Bare system calls, nothing of libc but memory functions. */
#ifndef BOND_LOOKUP_LEAD_H
#define BOND_LOOKUP_LEAD_H

#include "core/rules.h"
#include "lookup.h"
#include "segment/states.h"

/* As the kernel has it. */
uint16_t lead_protocol(enum transport t);

/* Leads m to the listener of that number from now on, unless another program has m's address and port for itself: it
 * is not to be robbed of them. 0; EADDRINUSE; EACCES: that cannot be told, as the port may not be bound here, and m is
 * not led; or as lookup_point(). */
int lead(const struct lookup_maps *at, const struct member *m, uint32_t number);

/* The same where that may not be told. */
int lead_unasked(const struct lookup_maps *at, const struct member *m, uint32_t number);

/* What bondctl is told of a member, whose listener has that port, for that error; *detail: what goes with it. */
enum opening lead_opening(int error, uint16_t port, unsigned *detail);

/* Whether r leads what comes to that address. */
bool lead_is_wanted(const struct rules *r, const struct addr *a, uint16_t protocol);

/* Ends all that r does not lead. */
void lead_end_others(const struct lookup_maps *at, const struct rules *r);

#endif
