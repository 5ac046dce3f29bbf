/* SPDX-License-Identifier: MIT */
/* The place of a member, its address and port, as libbond's own sockets take it. Bare system calls. */
#ifndef BOND_LOOKUP_PLACE_H
#define BOND_LOOKUP_PLACE_H

#include "config/model.h"

/* A socket bound to the member's address, whether this machine has it now or not; a negative errno, EADDRINUSE where
 * somebody else has it. shared: beside those of the host's other processes; it hears nothing. */
int place_open(const struct member *m, bool shared);

#endif
