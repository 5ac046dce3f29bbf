/* SPDX-License-Identifier: MIT */
/* Room to look at a message that the host hands over in pieces: a fixed pool, taken and given back
 * by compare-and-swap, so that a send needs neither malloc nor a large stack. */
#ifndef BOND_SCRATCH_H
#define BOND_SCRATCH_H

#include <stdatomic.h>
#include <stddef.h>
#include <sys/uio.h>

struct scratch {
	_Alignas(max_align_t) char bytes[65536]; /* more than a UDP datagram holds */
};

/* NULL when all are taken. A slot that another thread held during fork stays taken in the child. */
struct scratch *scratch_take(void);

/* The same, once the threads that hold one had time to give it back; NULL is counted and told then. */
struct scratch *scratch_wait(void);
void scratch_give(struct scratch *s); /* NULL is allowed */

/* Copies the first `most` bytes of what is in pieces to s; returns how many there were. 0: more than fit, or
 * a piece cannot be read. */
size_t scratch_gather(struct scratch *s, const struct iovec *iov, size_t count, size_t most);

#endif
