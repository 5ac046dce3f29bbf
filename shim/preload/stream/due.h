/* SPDX-License-Identifier: MIT */
/* Until when this process holds back what arrived on its connections: the host is woken over it
 * then. No lock; async-signal-safe. */
#ifndef BOND_STREAM_DUE_H
#define BOND_STREAM_DUE_H

#include <stdbool.h>
#include <stdint.h>

#define DUE_PASS_MS 1000  /* until what is there passes without the rest */
#define DUE_SHUT_MS 32000 /* where it must not: as long as a transaction (RFC 3261 17.1.1.2) */

/* Milliseconds, never 0. */
uint32_t due_now(void);

/* The host is to be woken then over something that is held. */
void due_note(uint32_t until);

/* Whether what is there on fd has been held as long as it may be: before it passes, and where it
 * must not pass, before the connection is shut. */
bool due_to_pass(int fd);
bool due_to_shut(int fd);

/* For what waits: the milliseconds until something that this process holds is due, at most wait_ms
 * (negative: for ever); -1 = nothing is. And the way to end it: the host will be told of it. */
int due_limit(int wait_ms);
void due_release(void);

#endif
