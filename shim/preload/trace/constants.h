/* SPDX-License-Identifier: MIT */
/* Families, flags, levels and commands by their names, as strace 6.1 prints them; what has none is a number
 * with a comment. Async-signal-safe. */
#ifndef BOND_TRACE_CONSTANTS_H
#define BOND_TRACE_CONSTANTS_H

#include "line.h"

void constants_family(struct line *l, unsigned family);
void constants_level(struct line *l, unsigned level);
void constants_message_flags(struct line *l, int flags);
/* The three arguments of socket(). */
void constants_socket(struct line *l, int domain, int type, int protocol);
/* SOCK_CLOEXEC and SOCK_NONBLOCK of accept4(). */
void constants_accept_flags(struct line *l, int flags);
/* Argument number i, counted from 0 behind the descriptor, of fcntl, dup3, close_range and calls
 * whose arguments are plain numbers. */
void constants_number(struct line *l, const char *name, int i, long n);

#endif
