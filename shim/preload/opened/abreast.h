/* SPDX-License-Identifier: MIT */
/* Whether the filters of this process's sockets are abreast of the rules; where they may not be, its thread attaches
 * them anew (reach.h). Async-signal-safe. */
#ifndef BOND_OPENED_ABREAST_H
#define BOND_OPENED_ABREAST_H

#include <stdbool.h>
#include <stdint.h>

/* This process has such a socket from now on, which is in its table; its filter is of the rules of that generation, 0 =
 * whose is not known. */
void abreast_add(uint32_t generation);

/* This process was forked just now: the thread is its parent's. */
void abreast_forked(void);

/* Whether it has had such a socket, or who forked it. */
bool abreast_wanted(void);

/* Host's calls have attached the filters of the rules of that generation. */
void abreast_done(uint32_t generation);

/* The generation of the rules whose members all filters hear; 0 = that is not known. */
uint32_t abreast_of(void);

/* The thread has attached them. Where somebody did so meanwhile, whose are newer may be undone: whose they are is not
 * known then. */
void abreast_moved(uint32_t from, uint32_t to);

#endif
