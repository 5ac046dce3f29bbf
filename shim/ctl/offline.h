/* SPDX-License-Identifier: MIT */
/* A file of another machine: its interfaces and the names of its hosts are taken for what they are called. */
#ifndef BOND_CTL_OFFLINE_H
#define BOND_CTL_OFFLINE_H

/* From here on no load of this process asks this machine, or DNS, for anything. */
void offline_begin(void);

#endif
