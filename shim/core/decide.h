/* SPDX-License-Identifier: MIT */
/* Which member a send, a connection or a probe leaves by: socket -> destination -> route -> member.
 * Depends on its arguments alone, so that every process of the host decides alike. PURE: no system
 * call, no state of its own; the verdict is carried out by others. */
#ifndef BOND_CORE_DECIDE_H
#define BOND_CORE_DECIDE_H

#include "host.h"
#include "sender.h"
#include "verdict.h"

/* The own listener from which a request of a return path counts as sent: the name that its dialog has
 * for the host. NULL: there is none, or the request leaves from where it stands. */
const struct addr *decide_dialog(const struct sender *s);

/* A SIP request of n bytes: fills in v, whose action tells. p must hold all header fields of the
 * message. */
void decide_request(const struct host *h, struct verdict *v, const struct sender *s, const char *p, size_t n);

/* A keep-alive. True: a request would be steered or refused there; this one is steered with them, and
 * never refused. */
bool decide_keepalive(const struct host *h, struct verdict *v, const struct sender *s);

/* The next usable member after v->how.member, once the kernel has refused that one; else what the bond's
 * no-member says. v->action tells. */
void decide_next(const struct host *h, struct verdict *v, const struct sender *s);

/* A connection: fills in v with the first fitting member and ACTION_BIND, ACTION_FAIL, or
 * ACTION_NONE. s->source is what the host bound, with port 0 or family 0 where it did not. */
void decide_connection(const struct host *h, struct verdict *v, const struct sender *s);

/* As decide_next(), for a connection whose source the kernel refused. */
void decide_next_connection(const struct host *h, struct verdict *v, const struct sender *s);

/* connect() + getsockname() on a floating UDP socket asks which address would be used: the member's,
 * or NULL for the truth. */
const struct addr *decide_probe(const struct host *h, struct verdict *v, const struct sender *s);

/* Where that is NULL: the name of the listener that hears the address of the kernel's own answer, which is that of
 * an opened member and of no socket that the host knows; else NULL. */
const struct addr *decide_probe_opened(const struct host *h, const struct rules *r, const struct addr *answer);

#endif
