/* SPDX-License-Identifier: MIT */
/* By the names that the host and its members have now. */
#include "side.h"

#include "config/select.h"
#include "core/arrival.h"
#include "sip/shown.h"

bool side_is_accepted(const struct side_ends *e)
{
	const struct names *n = names_now(e->rules);

	if (e->bits & (FD_ACCEPTED | FD_STEERED))
		return e->bits & FD_ACCEPTED;
	for (size_t i = 0; i < n->own_count; i++) {
		const struct name *own = &n->own[i];
		if (own->transport != TRANSPORT_UDP && !own->given.n &&
			addr_equal(&own->addr, &e->at->local))
			return true;
	}
	return rules_is_sip_port(e->rules, e->at->local.port);
}

bool side_may_be_sip(const struct side_ends *e)
{
	const struct fd_record *r = e->at;

	if (!e->rules->config.member_count ||
		!(e->rules->marks || e->rules->config.unknown != UNKNOWN_PASS))
		return false;
	/* what comes to any listener may be a request that is not for the host */
	if (e->rules->config.unknown != UNKNOWN_PASS && side_is_accepted(e))
		return true;
	return (e->bits & FD_STEERED) || rules_is_sip_port(e->rules, r->local.port) ||
		rules_is_sip_port(e->rules, r->host_bound.port) ||
		(!(e->bits & FD_ACCEPTED) && rules_is_sip_port(e->rules, r->peer.port));
}

void side_keep_shown(const struct side_ends *e, enum transport transport)
{
	const struct fd_record *r = e->at;
	struct shown_pair pair = {r->named.family ? r->named : r->local, r->local};

	pair.shown.port = r->local.port;
	if ((e->bits & FD_STEERED) && e->rules->edits)
		shown_keep(this_host.segment.shown, transport, &pair);
}

/* The member whose address the connection has here: of an accepted one, port and all. */
static const struct name *member_here(const struct names *n, const struct side_ends *e, bool port)
{
	const struct addr *local = &e->at->local;

	for (size_t i = 0; i < n->member_count; i++) {
		const struct name *m = &n->members[i];
		if (m->transport == e->transport && addr_same_host(&m->addr, local) &&
			(!port || m->addr.port == local->port))
			return m;
	}
	/* it was made from a member that the rules have no more, and goes on by its name */
	for (size_t i = n->member_count; (e->bits & FD_STEERED) && i < n->member_count + n->member_past; i++) {
		const struct name *m = &n->members[i];
		if (m->transport == e->transport && addr_same_host(&m->addr, local))
			return m;
	}
	return NULL;
}

uint32_t side_member(const struct side_ends *e)
{
	const struct names *n = names_now(e->rules);
	const struct name *here = member_here(n, e, side_is_accepted(e));

	return here ? (uint32_t)(here - n->members) : SELECT_NONE;
}

uint32_t side_member_inside(const struct side_ends *e)
{
	struct side_ends inside = *e;

	inside.transport = TRANSPORT_TLS;
	uint32_t member = side_member(&inside);
	inside.transport = TRANSPORT_WSS;
	return member == SELECT_NONE ? side_member(&inside) : member;
}

/* It came to an opened member, of which the host knows nothing. */
static bool is_opened(const struct side_ends *e)
{
	const struct fd_record *r = e->at;

	return (e->bits & FD_ACCEPTED) && (e->bits & FD_OPENED) && r->named.family && !addr_equal(&r->named, &r->local);
}

static bool is_flow(const struct names *n, const struct name *member, const struct side_ends *e)
{
	return member && (e->bits & FD_STEERED) && !names_hears(n, e->transport, &member->addr);
}

bool side_is_flow(const struct side_ends *e)
{
	const struct names *n = names_now(e->rules);

	return is_flow(n, member_here(n, e, false), e);
}

/* The number of the listener that the host takes for this end; NAMES_ANY if there is none. */
static uint16_t listener_here(const struct names *n, const struct side_ends *e,
	const struct addr *local, bool port)
{
	for (size_t i = 0; i < n->own_count; i++) {
		const struct name *own = &n->own[i];
		if (own->transport == e->transport && !own->given.n &&
			addr_same_host(&own->addr, local) &&
			(!port || own->addr.port == local->port))
			return own->owner;
	}
	return NAMES_ANY;
}

static uint16_t socket_of(const struct names *n, const struct side_ends *e)
{
	const struct fd_record *r = e->at;
	bool named = (e->bits & (FD_STEERED | FD_OPENED)) && r->named.family;
	const struct addr *at = named ? &r->named : &r->local;
	uint16_t number = at->port ? listener_here(n, e, at, true) : NAMES_ANY;

	return number == NAMES_ANY && !(e->bits & FD_ACCEPTED) ? listener_here(n, e, at, false) : number;
}

void side_fill(const struct side_ends *e, bool in, struct edit_side *side)
{
	const struct fd_record *r = e->at;
	const struct names *n = names_now(e->rules);
	bool accepted = side_is_accepted(e);
	const struct name *here = member_here(n, e, accepted);

	*side = (struct edit_side){.names = n,
		.transport = e->transport,
		.in = in,
		.made = !accepted,
		.socket = socket_of(n, e)};
	if (!in) {
		side->title = e->rules->edits ? here : NULL;
		side->client_port = e->bits & FD_STEERED ? r->local.port : 0;
		side->flow_port = is_flow(n, here, e) ? r->local.port : 0;
		return;
	}
	side->strict = e->rules->marks_all || e->rules->config.unknown != UNKNOWN_PASS;
	side->arrived = here ? here : names_at(n, &r->local, e->transport);
	side->as_member = here && (here->given.n || is_opened(e));
	side->mark = e->rules->marks_all && side->arrived && side->socket != NAMES_ANY;
	side->bond = arrival_told(e->rules, n, here);
}

bool side_is_for_nobody(const struct side_ends *e)
{
	if (e->rules->config.unknown == UNKNOWN_PASS || !side_is_accepted(e))
		return false;
	for (size_t i = 0; i < e->rules->config.member_count; i++) {
		const struct member *m = &e->rules->config.members[i];
		if (m->transport != TRANSPORT_UDP && addr_equal(&m->addr, &e->at->local))
			return false;
	}
	return true;
}

bool side_must_be_sip(const struct side_ends *e)
{
	return side_must_shut(e) && side_is_accepted(e) &&
		rules_speak_tcp(e->rules, &e->at->local);
}

bool side_is_websocket(const struct side_ends *e)
{
	bool secure = transport_is_secure((enum transport)e->transport);

	return rules_listener_transport(e->rules, &e->at->local) == (secure ? TRANSPORT_WSS : TRANSPORT_WS);
}

bool side_must_be_http(const struct side_ends *e)
{
	return side_must_shut(e) && side_is_accepted(e) && side_is_websocket(e);
}

bool side_must_shut(const struct side_ends *e)
{
	return e->rules->config.header || e->rules->config.unknown != UNKNOWN_PASS;
}
