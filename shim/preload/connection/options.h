/* SPDX-License-Identifier: MIT */
/* What the host set on a socket, carried over to a fresh one. Real system calls, no allocation. */
#ifndef BOND_CONNECTION_OPTIONS_H
#define BOND_CONNECTION_OPTIONS_H

#include <stdbool.h>

/* setsockopt(2)'s, of those that a program sets before connect(). */
void options_copy(int from, int to);
void options_copy_device(int from, int to);

/* fcntl(2)'s: file status flags, owner and signal. */
void options_copy_flags(int from, int to);

/* Before the fresh one has a name, or it would hear what the old one does not. False: it cannot
 * be. */
bool options_copy_filter(int from, int to);

#endif
