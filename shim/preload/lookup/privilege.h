/* SPDX-License-Identifier: MIT */
/* The capabilities that lookup_open() needs. */
#ifndef BOND_LOOKUP_PRIVILEGE_H
#define BOND_LOOKUP_PRIVILEGE_H

#include <stdbool.h>

/* Whether this process has both, in whatever namespace. */
bool privilege_is_there(void);

/* Gives CAP_BPF and CAP_NET_ADMIN up, where this is no root and has both as ambient ones, as a unit of systemd gives
 * them for this alone (capabilities(7)): neither the host nor what it starts has them from then on. In the
 * constructor. */
void privilege_give_up(void);

#endif
