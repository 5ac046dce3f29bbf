/* SPDX-License-Identifier: MIT */
/* What is to be removed or renamed in a response: libbond's marks, or a Contact of a member's socket. */
#include "response.h"

#include "config/select.h"
#include "core/flow.h"
#include "edited.h"
#include "preload/inside.h"
#include "preload/process.h"
#include "preload/stream/peer.h"
#include "segment/counters.h"
#include "segment/dialogs.h"
#include "segment/flows.h"

/* Whether a field is a Contact, long or compact (RFC 3261 7.3.3). */
static bool has_contact(const char *p, size_t n)
{
	const char *end = p + n;

	while ((p = memchr(p, '\n', (size_t)(end - p))) && ++p < end) {
		if ((end - p > 7 && strncasecmp(p, "contact", 7) == 0) ||
			((*p | 0x20) == 'm' && end - p > 1 && strchr(": \t", p[1])))
			return true;
		if (*p == '\r' || *p == '\n')
			break;
	}
	return false;
}

/* The listener that hears what comes to that address; NULL: none that is open and not connected. */
static const struct listener *hearer_of(const struct rules *r, const struct addr *at, int *fd)
{
	const struct listener *l = listeners_hearing(&this_host.listeners, TRANSPORT_UDP, at);
	uint32_t m = l ? SELECT_NONE : rules_member_at(r, at, TRANSPORT_UDP);

	if (m != SELECT_NONE)
		l = listeners_of_member(&this_host.listeners, r, m);
	if (!l)
		return NULL;
	*fd = atomic_load_explicit(&l->fd, memory_order_relaxed);
	return *fd >= 0 && sockets_listener(bits_of(*fd)) == listeners_number(&this_host.listeners, l) &&
			!(bits_of(*fd) & FD_CONNECTED)
		? l
		: NULL;
}

/* The host has accepted a request that came to s->reply. */
static void keep_flow(const struct sender *s, const char *p, size_t n)
{
	const struct segment *shared = &this_host.segment;
	struct flow_end end = {s->dst, s->source->port};

	if (!s->wide || !arrival_is_accepted(p, n))
		return;
	if (addr_equal(s->reply, s->source))
		flows_home(shared->flows, &end, true);
	else if (flows_accepted(shared->flows, shared->generation, &end, s->reply))
		counters_add_full(shared->counters, FULL_FLOWS);
	peer_came(s->dst, s->reply, s->source, FLOW_ACCEPTED);
}

/* A response leaves from the address that its request came to: with a wildcard listener that is one of
 * many, and a stateless proxy answers from the socket on which the next hop's answer came (RFC 3261
 * 18.2.2 says where to, not where from). So do a wildcard's own requests of that dialog. */
static void find_reply(struct leaving *l, struct verdict *v, const char *p, size_t n)
{
	struct sender *s = &l->sender;
	const struct name *at = arrival_of_response(names_now(v->rules), p, n);
	bool many = sender_is_many(s) && at && flow_is_heard(&this_host, v->rules, s, &at->addr);

	s->reply = many ? &at->addr : NULL;
	if (!at || at->addr.family != s->dst->family)
		return;
	if (many) {
		v->action = ACTION_PKTINFO;
		keep_flow(s, p, n);
		dialogs_keep(this_host.segment.dialogs, this_host.segment.generation,
			arrival_dialog_of_response(p, n), &at->addr);
		return;
	}
	if (at->transport != TRANSPORT_UDP || addr_equal(&at->addr, s->source) ||
		!(s->bits & FD_LISTENER) || (s->bits & FD_CONNECTED))
		return;
	const struct listener *home = hearer_of(v->rules, &at->addr, &v->how.fd);
	if (!home)
		return;
	v->action = ACTION_OTHER_FD;
	l->home = listeners_number(&this_host.listeners, home);
	l->left = at->addr;
	if (home->any || !addr_equal(&home->addr, &l->left))
		s->reply = &l->left;
}

void response_decide(struct leaving *l, struct verdict *v, const char *p, size_t n)
{
	struct sender *s = &l->sender;
	bool bond = scan_contains(p, n, "bond", 4, 0);

	l->response = true;
	const char *mark = bond ? arrival_find_mark(p, n) : NULL;
	if (mark) {
		inside_answered(mark, p, n);
		find_reply(l, v, p, n);
	}
	if (unlikely(s->wide) && v->action == ACTION_NONE && flow_find(&this_host, v->rules, s, &l->left)) {
		s->reply = &l->left; /* nobody knows better: its request could not be marked */
		v->action = ACTION_PKTINFO;
	}
	l->edits = bond || names_now(v->rules)->header.n ||
		(edited_title(l, v) && has_contact(p, n));
}
