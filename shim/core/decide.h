/* SPDX-License-Identifier: MIT */
/* Which member a send, a connection or a probe leaves by: socket -> destination -> route -> member.
 * Depends on the configuration, the socket, the destination and the message alone, so that every
 * process of the host decides alike. Makes no system call; act.c carries the verdict out. */
#ifndef BOND_CORE_DECIDE_H
#define BOND_CORE_DECIDE_H

#include "arrival.h"
#include "preload/sockets/note.h"
#include "verdict.h"

/* Who sends: a UDP or TCP socket of the host. */
struct sender {
	const struct addr *source; /* where it sends from today: bound to, or set by its own pktinfo */
	const struct addr *dst;
	uint32_t bits; /* of fds.h */
	const struct addr *reply; /* of a response: the address that its request came to */
	const struct arrival *arrival; /* of a request that is edited or routed by it, else NULL */
};

/* The bond that bond_use() set for this thread's sends. */
#define DECIDE_USE_ROUTES (UINT16_MAX - 1)
extern _Thread_local uint16_t decide_use __attribute__((visibility("hidden")));

/* The own listener from which a request of a return path counts as sent: the name that its dialog has
 * for the host. NULL: there is none, or the request leaves from where it stands. */
const struct addr *decide_dialog(const struct sender *s);

/* A SIP request, or a keep-alive, of n bytes. Fills in v; false: the host's own call as it is.
 * p must hold all header fields of the message. */
bool decide_request(struct verdict *v, const struct sender *s, const char *p, size_t n);
bool decide_keepalive(struct verdict *v, const struct sender *s);

/* The next usable member after v->member, once the kernel has refused that one; else what the bond's
 * no-member says. v->action tells. */
void decide_next(struct verdict *v, const struct sender *s);

/* A connection: fills in v with the first fitting member and ACTION_BIND, ACTION_FAIL, or
 * ACTION_NONE. s->source is what the host bound, with port 0 or family 0 where it did not. */
void decide_connection(struct verdict *v, const struct sender *s);

/* As decide_next(), for a connection whose source the kernel refused. */
void decide_next_connection(struct verdict *v, const struct sender *s);

/* connect() + getsockname() on a floating UDP socket asks which address would be used: the member's,
 * or NULL for the truth. */
const struct addr *decide_probe(struct verdict *v, const struct sender *s);

#endif
