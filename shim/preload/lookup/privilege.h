/* SPDX-License-Identifier: MIT */
/* The capabilities that lookup_open() needs. */
#ifndef BOND_LOOKUP_PRIVILEGE_H
#define BOND_LOOKUP_PRIVILEGE_H

/* Gives CAP_BPF and CAP_NET_ADMIN up, where this is no root and has both as ambient ones, as a unit of systemd gives
 * them for this alone (capabilities(7)): neither the host nor what it starts has them from then on. In the
 * constructor. */
void privilege_give_up(void);

#endif
