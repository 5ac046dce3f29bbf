/* SPDX-License-Identifier: MIT */
/* Which members of a bond fit a destination. PURE. */
#ifndef BOND_SELECT_H
#define BOND_SELECT_H

#include "model.h"

#define SELECT_NONE UINT32_MAX

/* The whole question of select_scope_fits(), below. */
bool select_special_scope_fits(const struct member *m, const struct addr *dst);

/* Whether the member's scope suits the destination: loopback and link-local only to their own
 * kind, link-local only on the same interface. */
static inline bool select_scope_fits(const struct member *m, const struct addr *dst)
{
	uint8_t a = m->addr.ip[12], b = dst->ip[12];

	/* The usual case without a call: IPv4, and neither 127/8 nor 169.254/16. */
	if (dst->family == AF_INET && a != 127 && b != 127 && a != 169 && b != 169)
		return true;
	return select_special_scope_fits(m, dst);
}

/* The next fitting member after member number `after` (SELECT_NONE = from the start) in file
 * order, or SELECT_NONE. Fits = same transport, same family, scope. */
uint32_t select_next(const struct config *c, uint16_t bond, enum transport t,
	const struct addr *dst, uint32_t after);

/* As select_next(), for a connection: of those that one line of the file stands for, as an interface's
 * addresses, those come first that heard() says the host listens on. heard may be NULL. */
uint32_t select_next_heard(const struct config *c, uint16_t bond, enum transport t,
	const struct addr *dst, uint32_t after, bool (*heard)(const void *ctx, const struct member *m), const void *ctx);

/* What a connection to dst speaks: the route's own word, else the port (5061 tls, 80 ws, 443 wss),
 * else tcp. route may be NULL. */
enum transport select_stream_transport(const struct route *route, const struct addr *dst);

#endif
