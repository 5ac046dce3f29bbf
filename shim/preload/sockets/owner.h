/* SPDX-License-Identifier: MIT */
/* Whose table of sockets this is: the process's own, or that of the parent whose memory a vfork child
 * shares and must not change. */
#ifndef BOND_SOCKETS_OWNER_H
#define BOND_SOCKETS_OWNER_H

#include <stdbool.h>
#include <sys/types.h>

/* Set in a thread whose descriptors are its own and not the host's: what it opens and closes says
 * nothing of the host's numbers. */
extern _Thread_local bool owner_foreign __attribute__((visibility("hidden")));

/* Once, in the constructor. */
void owner_init(void);

/* This process's pid; 0 where owner_foreign is set, and in a vfork child (or another process that shares
 * this memory): the table is its parent's. In a forked child the first call sets the process up again.
 * One getpid(): what changes the table asks by itself, unless it says that its caller has asked. */
pid_t owner_may_change(void);

#endif
