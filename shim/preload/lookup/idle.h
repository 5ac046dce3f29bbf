/* SPDX-License-Identifier: MIT */
/* A reload leads members to the host's listeners, and ends those that are gone, at once, though none of its processes
 * makes a call. The table is one for all of them: the thread does it that keeps house (housekeeping/thread.h), for
 * listeners that any of them has made ready (serve.h). Bare system calls, nothing of libc but memory functions. */
#ifndef BOND_LOOKUP_IDLE_H
#define BOND_LOOKUP_IDLE_H

#include <stdbool.h>

#include "preload/housekeeping/fetch.h"

/* Whether there is something to do at a reload. */
bool idle_wanted(void);

/* In that thread: does what is due; two loads where nothing is. */
void idle_step(struct fetch *f);

#endif
