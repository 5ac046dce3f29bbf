/* SPDX-License-Identifier: MIT */
/* A thread that libc knows nothing of: while it is all that a program has beside its own thread, libc goes
 * on as in a program of one thread, and its calls cost what they cost there. So it calls nothing of libc
 * but what works on memory alone, has no errno and no variables of threads, and is not told of what libc
 * makes all threads do, as setuid(2): who changes such things ends it before (bare_hold()). */
#ifndef BOND_HOUSEKEEPING_BARE_H
#define BOND_HOUSEKEEPING_BARE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Starts run(room), with `room` bytes that are page-aligned, and zero the first time. filters: it keeps the right to
 * attach filters to sockets, and has no other. It ends soon once bare_sleep() says so. All signals are blocked by the caller; one at a time in a process. 0, or an errno:
 * EBUSY = not now. */
int bare_start(void (*run)(void *room), size_t room, bool filters);

/* In that thread: waits so many milliseconds, or until somebody wakes who waits for *word (FUTEX_WAKE, not private);
 * not at all where that is not `seen` any more; or until it is to end. False: it is. */
bool bare_sleep(int ms, const _Atomic uint32_t *word, uint32_t seen);

/* This process is to have no such thread until bare_release(): ends it, and waits until it has. Calls nest.
 * Not in a vfork child. errno is kept. */
void bare_hold(void);
void bare_release(void);

/* Whether it runs in this process. */
bool bare_runs(void);

#endif
