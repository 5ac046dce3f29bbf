/* SPDX-License-Identifier: MIT */
/* Whether this thread is in a signal handler: socket(), connect() and the like may be called there,
 * what libbond would do once in a while beside them (start a thread) may not. */
#ifndef BOND_BASE_IN_HANDLER_H
#define BOND_BASE_IN_HANDLER_H

#include <stdbool.h>

/* Up to a few hundred system calls: for rare moments. Says "no" where it cannot tell. errno is kept;
 * async-signal-safe; little stack. */
bool in_handler(void) __attribute__((visibility("hidden")));

#endif
