/* SPDX-License-Identifier: MIT */
/* Which members of a bond fit a destination. Called on every steered send and connect.
 * PURE; async-signal-safe. */
#include "select.h"

bool select_special_scope_fits(const struct member *m, const struct addr *dst)
{
	enum addr_scope scope = addr_scope(&m->addr);
	if (scope != addr_scope(dst))
		return false;
	/* IPv4 link-local addresses carry no interface. */
	return scope != ADDR_LINK_LOCAL || dst->family == AF_INET || m->addr.scope == dst->scope;
}

uint32_t select_next(const struct config *c, uint16_t bond, enum transport t,
	const struct addr *dst, uint32_t after)
{
	const struct fit *fit = &c->bonds[bond].fit[t][family_index(dst->family)];
	const uint32_t *m = c->fit + fit->first, *end = m + fit->count;
	for (; m < end; m++)
		if ((after == SELECT_NONE || *m > after) && select_scope_fits(&c->members[*m], dst))
			return *m;
	return SELECT_NONE;
}

struct heard {
	bool (*heard)(const void *ctx, const struct member *m);
	const void *ctx;
};

/* The next fitting member of that line that is heard, or is not. */
static uint32_t next_of_line(const struct config *c, uint16_t bond, enum transport t,
	const struct addr *dst, uint32_t after, uint32_t line, const struct heard *h, bool wanted)
{
	uint32_t i = after;
	while ((i = select_next(c, bond, t, dst, i)) != SELECT_NONE)
		if (c->members[i].place.line == line && h->heard(h->ctx, &c->members[i]) == wanted)
			return i;
	return SELECT_NONE;
}

uint32_t select_next_heard(const struct config *c, uint16_t bond, enum transport t,
	const struct addr *dst, uint32_t after, bool (*heard)(const void *ctx, const struct member *m), const void *ctx)
{
	const struct heard h = {heard, ctx};
	uint32_t i = select_next(c, bond, t, dst, after), found;
	if (!heard)
		return i;
	if (after != SELECT_NONE) {
		uint32_t line = c->members[after].place.line;
		bool was_heard = heard(ctx, &c->members[after]);
		found = next_of_line(c, bond, t, dst, after, line, &h, was_heard);
		if (found == SELECT_NONE && was_heard)
			found = next_of_line(c, bond, t, dst, SELECT_NONE, line, &h, false);
		if (found != SELECT_NONE)
			return found;
		while (i != SELECT_NONE && c->members[i].place.line == line)
			i = select_next(c, bond, t, dst, i);
	}
	if (i == SELECT_NONE || heard(ctx, &c->members[i]))
		return i;
	found = next_of_line(c, bond, t, dst, i, c->members[i].place.line, &h, true);
	return found == SELECT_NONE ? i : found;
}

enum transport select_stream_transport(const struct route *route, const struct addr *dst)
{
	if (route && route->transport != TRANSPORT_NONE && route->transport != TRANSPORT_UDP)
		return (enum transport)route->transport;
	for (enum transport t = TRANSPORT_TLS; t <= TRANSPORT_WSS; t++)
		if (transport_default_port(t) == dst->port)
			return t;
	return TRANSPORT_TCP;
}
