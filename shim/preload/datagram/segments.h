/* SPDX-License-Identifier: MIT */
/* Several datagrams in one send (UDP_SEGMENT, udp(7)): the kernel cuts it to pieces of one size, so that none of them
 * may get longer, and all have one source. Where SIP is among them each is sent by itself. */
#ifndef BOND_DATAGRAM_SEGMENTS_H
#define BOND_DATAGRAM_SEGMENTS_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/likely.h"
#include "core/verdict.h"
#include "preload/outgoing.h"

/* Whether any socket was set to that by an option. */
extern _Atomic bool segments_any __attribute__((visibility("hidden")));

/* The whole question of segments_size(). */
size_t segments_size_slow(const struct outgoing *o);

/* How long each of them is but the last, where SIP is among them; 0: it is one datagram, or passes as it is. */
static inline size_t segments_size(const struct outgoing *o)
{
	return unlikely(o->msg->msg_controllen) || unlikely(atomic_load_explicit(&segments_any, memory_order_relaxed))
		? segments_size_slow(o) : 0;
}

/* Sends each by send(). Returns what the host's call returns: as the kernel, all if the first was taken. v: of the
 * first. */
ssize_t segments_send(const struct outgoing *o, struct verdict *v, size_t size,
	ssize_t (*send)(const struct outgoing *one, struct verdict *v));

#endif
