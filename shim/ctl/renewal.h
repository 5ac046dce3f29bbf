/* SPDX-License-Identifier: MIT */
/* Another INI for one running host: read as the host would read it, compared with what it has, published. */
#ifndef BOND_CTL_RENEWAL_H
#define BOND_CTL_RENEWAL_H

#include <stdbool.h>
#include <sys/types.h>

/* pid: a process of the host. ini: the operator's word; NULL = the file that the host has read, where that
 * may be read in its stead. dry: nothing is done but said. What changes goes to standard output, complaints to
 * standard error. This process is afterwards where the host runs (inside_enter()). The exit status. */
int renewal(pid_t pid, const char *ini, bool dry);

#endif
