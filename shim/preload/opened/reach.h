/* SPDX-License-Identifier: MIT */
/* A reload changes the filters of this process's sockets at once, whatever its threads wait for: one that sits in
 * recvfrom() would take the rules with what a new member brings, which the former filter drops. Each process with
 * such sockets has a thread for it, the bare one of the housekeeping (housekeeping/bare.h), which makes no rules: it
 * reads the members in the image. A socket that processes share is one to the kernel, and whoever is first does it
 * for all. Bare system calls, nothing of libc but memory functions. */
#ifndef BOND_OPENED_REACH_H
#define BOND_OPENED_REACH_H

#include "preload/housekeeping/fetch.h"

/* In that thread: does what is due; two loads where nothing is. */
void reach_step(struct fetch *f);

#endif
