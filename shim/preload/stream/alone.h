/* SPDX-License-Identifier: MIT */
/* One reader at a time of what arrives by a connection: what is looked at first and taken later must be
 * taken by who looked, and epoll may wake several threads or processes of a host for the same bytes. */
#ifndef BOND_STREAM_ALONE_H
#define BOND_STREAM_ALONE_H

#include <stdatomic.h>
#include <stdint.h>

struct alone {
	_Atomic uint64_t *place; /* NULL: nothing is kept from others */
	_Atomic uint64_t *before;
};

/* Nobody else of the host reads the stream of that key until alone_end(); the caller may not wait meanwhile.
 * Who finds it taken waits for its turn, ALONE_MS at most: then who has it was stopped, or killed. A signal
 * handler in the middle of its own thread's turn goes on beside it. No malloc, async-signal-safe. */
#define ALONE_MS 100
void alone_begin(struct alone *a, uint64_t key);
void alone_end(struct alone *a);

#endif
