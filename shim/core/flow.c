/* SPDX-License-Identifier: MIT */
/* What is kept tells addresses; which of them are heard is told by the rules. */
#include "flow.h"

#include "config/select.h"
#include "segment/flows.h"

bool flow_is_heard(const struct host *h, const struct rules *r, const struct sender *s, const struct addr *at)
{
	if (!s->wide || addr_equal(at, s->source))
		return true;
	uint32_t m = rules_member_at(r, at, TRANSPORT_UDP);
	const struct listener *l = m == SELECT_NONE ? NULL : listeners_of_member(&h->listeners, r, m);
	/* one of another port is sent from a socket of its own, which hears nothing */
	if (l && l->opened == OPENED_SOURCE)
		l = listeners_leading(&h->listeners, r, &r->config.members[m], true);
	return l && listeners_number(&h->listeners, l) == sockets_listener(s->bits);
}

bool flow_find(const struct host *h, const struct rules *r, const struct sender *s, struct addr *at)
{
	struct flow_end end = {s->dst, s->source->port};

	return flows_find(h->segment.flows, &end, at) && !addr_equal(at, s->source) &&
		flow_is_heard(h, r, s, at);
}
