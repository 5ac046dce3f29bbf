/* SPDX-License-Identifier: MIT */
/* A reload changes the filters of this process's sockets at once, whatever its threads wait for: one that sits in
 * recvfrom() would take the rules with what a new member brings, which the former filter drops. Each process with
 * such sockets has a thread for it, the bare one of the housekeeping (housekeeping/bare.h), which makes no rules: it
 * reads the members in the image. A socket that processes share is one to the kernel, and whoever is first does it
 * for all. Bare system calls, nothing of libc but memory functions. */
#ifndef BOND_OPENED_REACH_H
#define BOND_OPENED_REACH_H

#include <stdbool.h>

/* Before the thread leaves the host's table of descriptors: whether it gets at the sockets from another one. */
bool reach_can_fetch(void);

/* What the thread has: own_table as it left it, or not. */
struct reach {
	bool own_table;
	int self; /* pidfd of this process, once that is so and there is something to do; -1 = none */
};
void reach_begin(struct reach *r, bool own_table);

/* Does what is due: two loads where nothing is. */
void reach_step(struct reach *r);

#endif
