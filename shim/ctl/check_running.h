/* SPDX-License-Identifier: MIT */
/* Where a running host listens, for what is said of a file that is to be its. */
#ifndef BOND_CTL_CHECK_RUNNING_H
#define BOND_CTL_CHECK_RUNNING_H

#include <sys/types.h>

#include "check_opened.h"

/* The listeners of the host to which that process belongs. 0, or EXIT_FAILURE after it wrote to stderr why it cannot
 * be asked. */
int check_running(struct check_listeners *heard, pid_t pid);

#endif
