/* SPDX-License-Identifier: MIT */
/* Another INI for one running host: read as the host would read it, compared with what it has, published. */
#ifndef BOND_CTL_RENEWAL_H
#define BOND_CTL_RENEWAL_H

#include <stdbool.h>
#include <sys/types.h>

struct renewal {
	const char *ini; /* the operator's word; NULL = the file that the host has read, where that may be read in
			  * its stead */
	bool dry;        /* nothing is done but said */
	bool json;
};

/* pid: a process of the host. What changes goes to standard output, as JSON whole or not at all; complaints to
 * standard error. This process is afterwards where the host runs (inside_enter()). The exit status. */
int renewal(pid_t pid, const struct renewal *wanted);

#endif
