/* SPDX-License-Identifier: MIT */
/* Memory of which nothing is ever given back or written over by others: rules are in it.
 *
 * A thread may look at the rules that it began a call with for however long: it may be stopped, starved, or
 * interrupted by a handler that does not return, and no counter would know of it without costing every send
 * two locked instructions. So rules are never written over and never go: there are as many as reloads, of
 * which the file's addresses bound the number (segment/area.h), at a few KiB each; what is large in rules, the
 * compiled routes, is in an image, which the processes share and which does go.
 *
 * No lock; async-signal-safe; inherited by fork. */
#ifndef BOND_PERMANENT_H
#define BOND_PERMANENT_H

#include <stddef.h>

#define PERMANENT_BEHIND (256 * 1024) /* bytes that can be read behind what is taken */

/* size zeroed bytes, aligned to 16; NULL: there is no memory. */
void *permanent_take(size_t size);

/* Gives the last that was taken back, which nobody has seen; where another thread has taken more behind it
 * nothing is done. */
void permanent_back(void *p, size_t size);

/* How many bytes that is so far, for status. */
size_t permanent_taken(void);

#endif
