/* SPDX-License-Identifier: MIT */
/* The machine as another process sees it, without trusting it: what lies in its root is its word, and
 * no program or library from there is run. */
#ifndef BOND_CTL_INSIDE_H
#define BOND_CTL_INSIDE_H

#include <stdbool.h>
#include <sys/types.h>

/* The root directory of a process, for inside_open(). -1 with errno. */
int inside_root(pid_t pid);

/* open(2) in that root for reading, never waiting: no link, absolute or "..", leads out of it, and none
 * of those in proc(5) is followed (openat2(2)). -1 with errno. */
int inside_open(int root, const char *path, int flags);

/* The same of a kernel without openat2(2), before Linux 5.6: there no link and no ".." is followed at all. */
int inside_walk(int root, const char *path, int flags);

/* Whether both processes have the same namespace of that kind ("net", "mnt", "pid"), or it cannot be
 * told. */
bool inside_same(pid_t pid, const char *kind);

/* From here on this process, which must have one thread, has the network of that one and, of its files,
 * copies of what names are looked up by: /etc/hosts and /etc/resolv.conf. Nothing is done where both
 * are its own anyway. 0 or an errno: EPERM = the caller is not root; what could not be done is left. */
int inside_enter(pid_t pid, int root);

#endif
