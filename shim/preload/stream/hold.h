/* SPDX-License-Identifier: MIT */
/* What arrived of a message and is not decided yet stays in the kernel's buffer; no longer than a
 * second where it can pass, and than a transaction where it must not. Of the start line's
 * beginning, which no edit touches, the host gets a byte for each portion that arrives: it is
 * woken for nothing less often than it would read such a message by itself. No lock, no malloc;
 * async-signal-safe. */
#ifndef BOND_STREAM_HOLD_H
#define BOND_STREAM_HOLD_H

#include "reader.h"

/* Nothing of what is there is decided, or nothing more. Holds it back (SO_RCVLOWAT), or lets it
 * pass where its time is over. */
enum look stream_hold(struct reader *r);

/* Of a request that is for nobody: until its head is there. */
enum look stream_hold_refused(struct reader *r);

/* Ends it: the host's SO_RCVLOWAT is back. */
void stream_hold_end(int fd);
void stream_hold_lower(struct reader *r);

#endif
