/* SPDX-License-Identifier: MIT */
/* See words.h. Called by trace.c. */
#include "verdict.h"

#include "dns/gone.h"
#include "sip/edit.h"

#define NAME_MAX_SHOWN 60

static void put_name(struct line *l, const char *name)
{
	line_name(l, name, NAME_MAX_SHOWN);
}

static void put_route(struct line *l, const char *before, uint16_t route, const struct config *c)
{
	line_text(l, before);
	line_text(l, "route ");
	if (c && route < c->route_count)
		put_name(l, c->routes[route].name);
	else
		line_unsigned(l, route);
}

/* "external udp:1.2.3.4:5060" */
static void put_member(struct line *l, const struct verdict *v, const struct config *c)
{
	char buf[ADDR_TEXT_MAX];

	if (!c || v->how.member >= c->member_count) {
		line_text(l, "member ");
		line_unsigned(l, v->how.member);
		return;
	}
	const struct member *m = &c->members[v->how.member];
	put_name(l, c->bonds[m->bond].name);
	line_char(l, ' ');
	line_text(l, transport_names[m->transport]);
	line_char(l, ':');
	line_bytes(l, buf, addr_print(&m->addr, buf));
}

/* "external" of the route */
static void put_bond(struct line *l, const struct verdict *v, const struct config *c)
{
	uint16_t bond = v->route.bond;

	if (bond == MODEL_NONE && c && v->route.number < c->route_count)
		bond = c->routes[v->route.number].bond;
	if (c && bond < c->bond_count)
		put_name(l, c->bonds[bond].name);
	else
		line_text(l, "the bond");
}

/* "udp IPv6" */
static void put_kind(struct line *l, const struct verdict *v)
{
	line_text(l, v->how.transport < TRANSPORT_COUNT ? transport_names[v->how.transport] : "?");
	if (v->dst.family)
		line_text(l, v->dst.family == AF_INET6 ? " IPv6" : " IPv4");
}

static const struct {
	uint16_t bit;
	const char *name;
} fields[] = {{EDIT_URI, "request-uri"}, {EDIT_VIA, "via"}, {EDIT_ROUTE, "route"},
	{EDIT_RECORD_ROUTE, "record-route"}, {EDIT_PATH, "path"},
	{EDIT_SERVICE_ROUTE, "service-route"}, {EDIT_CONTACT, "contact"}, {EDIT_MARK, "bond-in"},
	{EDIT_UNMARK, "bond-in removed"}, {EDIT_HEADER, "header"}};

static void put_fields(struct line *l, const char *before, uint16_t bits)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (!(bits & fields[i].bit))
			continue;
		line_text(l, before);
		line_text(l, fields[i].name);
		before = " ";
	}
}

/* "edited via record-route" */
static void put_edited(struct line *l, const struct verdict *v)
{
	put_fields(l, ", edited ", v->edited);
	if (v->edited & EDIT_VIA_FOREIGN)
		line_text(l, ", its via is not this socket's");
}

/* "no member of external for udp IPv6" */
static void put_lack(struct line *l, const char *what, const struct verdict *v,
	const struct config *c)
{
	line_text(l, what);
	put_bond(l, v, c);
	line_text(l, " for ");
	put_kind(l, v);
}

static void put_how(struct line *l, const struct verdict *v)
{
	switch (v->action) {
	case ACTION_PKTINFO: line_text(l, " pktinfo"); break;
	case ACTION_OTHER_FD:
		line_text(l, " fd ");
		line_signed(l, v->how.fd);
		break;
	case ACTION_REBIND: line_text(l, " rebound"); break;
	case ACTION_BIND: line_text(l, " bound before connect"); break;
	case ACTION_REPLACE: line_text(l, " fresh socket"); break;
	}
}

/* "arrived at external udp:1.2.3.4:5060, restored request-uri route, removed bond-in header" */
static void put_restored(struct line *l, const struct verdict *v, const struct config *c)
{
	uint16_t removed = (v->edited & EDIT_FORGED ? EDIT_MARK : 0) |
		(v->edited & EDIT_HEADER);

	line_text(l, "arrived");
	if (v->how.member != UINT32_MAX) {
		line_text(l, " at ");
		put_member(l, v, c);
	}
	put_fields(l, ", restored ", v->edited & EDIT_NAMES);
	put_fields(l, ", removed ", removed);
}

/* "no bond has this listener, answered 403, connection shut" */
static void put_refused(struct line *l, const char *why, const struct verdict *v)
{
	bool shut = v->action == ACTION_SHUT || v->action == ACTION_ANSWER_SHUT;

	line_text(l, why);
	if (v->action == ACTION_ANSWER || v->action == ACTION_ANSWER_SHUT)
		line_text(l, ", answered 403");
	else if (!shut)
		line_text(l, ", dropped");
	if (shut)
		line_text(l, ", connection shut");
}

/* What a routed call came to that leaves by no member. */
static void put_fate(struct line *l, const struct verdict *v)
{
	line_text(l, v->action == ACTION_FAIL ? ", refused" : ", left unchanged");
}

/* ", via DNS of carrier1.com, shared with route y" */
static void put_via(struct line *l, const struct verdict *v, const struct config *c)
{
	if (v->route.by_address) {
		line_text(l, ", via DNS");
		if (c && v->route.domain < c->target_count && c->targets[v->route.domain].domain) {
			line_text(l, " of ");
			if (c->targets[v->route.domain].kind == TARGET_WILDCARD)
				line_text(l, "*.");
			put_name(l, c->targets[v->route.domain].domain);
		}
		if (v->route.by_domain)
			line_text(l, " and text");
		else if (v->route.shared != MODEL_NONE)
			put_route(l, ", shared with ", v->route.shared, c);
	} else if (v->route.by_domain) {
		line_text(l, ", via text");
	}
}

void words_print(struct line *l, const struct verdict *v, const struct config *c,
	const struct words_domains *domains)
{
	bool routed = v->route.number != MODEL_NONE;

	switch (v->why) {
	case WHY_NOT_SIP: line_text(l, "not SIP"); break;
	case WHY_RESPONSE:
		line_text(l, "response");
		if (v->action == ACTION_OTHER_FD) {
			line_text(l, " by the socket of its request, fd ");
			line_signed(l, v->how.fd);
		}
		break;
	case WHY_OWN_ADDRESS: line_text(l, "own address"); break;
	case WHY_NO_ROUTE:
		line_text(l, v->action == ACTION_FAIL ? "no route, refused" : "no route");
		routed = false;
		break;
	case WHY_BOND_NONE:
		if (routed)
			put_route(l, "", v->route.number, c);
		line_text(l, routed ? ": bond none" : "the script asks for no bond");
		routed = false;
		break;
	case WHY_ALREADY:
		line_text(l, "already right: ");
		put_member(l, v, c);
		break;
	case WHY_STEERED:
		put_member(l, v, c);
		put_how(l, v);
		break;
	case WHY_KEEPALIVE:
		put_member(l, v, c);
		put_how(l, v);
		line_text(l, ", keep-alive");
		break;
	case WHY_KEPT:
		line_text(l, "as this transaction began: ");
		if (v->how.listener >= 0)
			line_text(l, "the host's own listener");
		else
			put_member(l, v, c);
		put_how(l, v);
		break;
	case WHY_RETURN_PATH:
		line_text(l, "return path: as the name that the dialog has for the host");
		if (v->how.member != UINT32_MAX) {
			line_text(l, ", ");
			put_member(l, v, c);
		}
		put_how(l, v);
		break;
	case WHY_UNKNOWN_BOND:
		line_text(l, "the script asks for a bond that does not exist, refused");
		break;
	case WHY_ARRIVAL_UNKNOWN:
		line_text(l, "arrival unknown");
		break;
	case WHY_TOO_LARGE:
		line_text(l, "too large once its names are edited, refused");
		break;
	case WHY_UNREADABLE:
		line_text(l, "no SIP message, but the script's header is in it, refused");
		break;
	case WHY_PROBE:
		put_member(l, v, c);
		line_text(l, " answered");
		break;
	case WHY_UNKNOWN: put_refused(l, "no bond has this listener", v); break;
	case WHY_UNEDITABLE: put_refused(l, "cannot be edited in full", v); break;
	case WHY_NO_FRAME: put_refused(l, "no SIP, or out of its framing", v); break;
	case WHY_RESTORED: put_restored(l, v, c); break;
	case WHY_NO_MEMBER:
		put_lack(l, "no member of ", v, c);
		break;
	case WHY_MEMBER_NOT_BOUND:
		put_lack(l, "no usable member of ", v, c);
		line_text(l, ": the program listens on none of them");
		break;
	case WHY_MEMBER_REFUSED:
		put_lack(l, "the kernel refused every member of ", v, c);
		break;
	case WHY_CONNECTED_LISTENER:
		line_text(l, "cannot be steered: the program connected this listener itself");
		break;
	case WHY_CANNOT_MOVE:
		line_text(l, "cannot be steered: the socket is shared or already bound for good");
		break;
	}
	if (routed)
		put_route(l, ", ", v->route.number, c);
	if (routed)
		put_via(l, v, c);
	switch (v->why) {
	case WHY_NO_MEMBER:
	case WHY_MEMBER_NOT_BOUND:
	case WHY_MEMBER_REFUSED:
	case WHY_CONNECTED_LISTENER:
	case WHY_ARRIVAL_UNKNOWN:
	case WHY_CANNOT_MOVE: put_fate(l, v); break;
	}
	if (v->why == WHY_ARRIVAL_UNKNOWN)
		line_text(l, "; `to` or `socket` decides without it");
	if (v->edited && v->why != WHY_RESTORED)
		put_edited(l, v);
	if (v->doubt.elsewhere && !routed)
		line_text(l, "; the request names a domain that DNS does not place there");
	if (v->doubt.unanswered) {
		struct gone gone = gone_of(v->doubt.gone);
		line_text(l, "; ");
		line_text(l, gone.before);
		if (c && v->doubt.domain < c->target_count &&
			c->targets[v->doubt.domain].kind == TARGET_DOMAIN) {
			put_name(l, c->targets[v->doubt.domain].domain);
		} else if (c && domains && v->doubt.route < c->route_count &&
			domains[v->doubt.route].first) {
			put_name(l, domains[v->doubt.route].first);
			if (domains[v->doubt.route].count > 1)
				line_text(l, " or its neighbours");
		} else {
			line_text(l, "its domains");
		}
		line_text(l, gone.after);
		put_route(l, " (", v->doubt.route, c);
		line_char(l, ')');
	}
}
