/* SPDX-License-Identifier: MIT */
/* What the host reads: the names of members in arriving messages become the host's own again, and the
 * first Via gets the mark of where the message came in. Called by the receive hooks after the kernel
 * has filled the host's buffers; no lock, no allocation, async-signal-safe. */
#ifndef BOND_DATAGRAM_ARRIVE_H
#define BOND_DATAGRAM_ARRIVE_H

#include <sys/uio.h>

#include "config/model.h"
#include "preload/sockets/note.h"
#include "preload/trace/incoming.h"

/* The message was for nobody ([host] unknown): the host is to read the next one. */
#define ARRIVE_DROPPED ((ssize_t)-1)

/* Whether datagrams of every socket are looked at. */
extern bool arrive_all __attribute__((visibility("hidden")));

/* What r asks to be looked at, from now on. */
void arrive_take(const struct rules *r);

/* Whether those are that arrive on a descriptor with that word. */
static inline bool arrive_wants(uint32_t bits)
{
	return (bits & FD_UDP) && (arrive_all || (bits & FD_ARRIVALS));
}

/* Whether everything has to be looked at there, whatever it begins with. */
bool arrive_is_closed(uint32_t bits);

/* n bytes have come to fd, in buffers of count pieces; changes them in place and returns how many they
 * are now. from is who sent them (family 0 = not known), to the local address they were sent to, NULL =
 * the one fd is bound to. trace: of the call that brought them, NULL = off. */
ssize_t arrive(int fd, const struct iovec *iov, size_t count, size_t n, const struct addr *from,
	const struct addr *to, struct trace_in *trace);

/* How many bytes arrive() would make of the datagram of n at p that waits at fd, were there room of that
 * many: p is edited, nothing else is done. to: as there. 0 or less than n where it gets shorter. */
size_t arrive_size(int fd, char *p, size_t n, size_t room, const struct addr *to);

#endif
