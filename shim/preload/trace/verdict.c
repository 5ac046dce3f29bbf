/* SPDX-License-Identifier: MIT */
/* A sentence for each `why`, and what may stand behind it. */
#include "verdict.h"

#include "core/rules.h"
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

/* How many numbers of members there are. */
static size_t numbers_of(const struct verdict *v, const struct config *c)
{
	return v->rules && c == &v->rules->config ? rules_members(v->rules) : c->member_count;
}

/* "external udp:1.2.3.4:5060" */
static void put_member(struct line *l, const struct verdict *v, const struct config *c)
{
	char buf[ADDR_TEXT_MAX];

	if (!c || v->how.member >= numbers_of(v, c)) {
		line_text(l, "member ");
		line_unsigned(l, v->how.member);
		return;
	}
	const struct member *m = &c->members[v->how.member];
	if (v->how.member < c->member_count)
		put_name(l, c->bonds[m->bond].name);
	else
		line_text(l, "a former member");
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

/* "external for udp IPv6" */
static void put_lack(struct line *l, const struct verdict *v, const struct config *c)
{
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

/* "external udp:1.2.3.4:5060 pktinfo" */
static void put_steered(struct line *l, const struct verdict *v, const struct config *c)
{
	put_member(l, v, c);
	put_how(l, v);
}

static void put_kept(struct line *l, const struct verdict *v, const struct config *c)
{
	if (v->how.listener >= 0)
		line_text(l, "the host's own listener");
	else if (v->how.member == UINT32_MAX)
		line_text(l, "unchanged");
	else
		put_member(l, v, c);
	put_how(l, v);
}

static void put_return(struct line *l, const struct verdict *v, const struct config *c)
{
	if (v->how.member != UINT32_MAX) {
		line_text(l, ", ");
		put_member(l, v, c);
	}
	put_how(l, v);
}

static void put_sender(struct line *l, const struct verdict *v, const struct config *c)
{
	(void)c;
	if (v->action == ACTION_OTHER_FD) {
		line_text(l, " by the socket of its request, fd ");
		line_signed(l, v->how.fd);
	}
}

static void put_no_bond(struct line *l, const struct verdict *v, const struct config *c)
{
	if (v->route.number == MODEL_NONE) {
		line_text(l, "the script asks for no bond");
	} else {
		put_route(l, "", v->route.number, c);
		line_text(l, ": bond none");
	}
}

static void put_failed(struct line *l, const struct verdict *v, const struct config *c)
{
	(void)c;
	if (v->action == ACTION_FAIL)
		line_text(l, ", refused");
}

/* " at external udp:1.2.3.4:5060, restored request-uri route, removed bond-in header" */
static void put_restored(struct line *l, const struct verdict *v, const struct config *c)
{
	uint16_t removed = (v->edited & EDIT_FORGED ? EDIT_MARK : 0) |
		(v->edited & EDIT_HEADER);

	if (v->how.member != UINT32_MAX) {
		line_text(l, " at ");
		put_member(l, v, c);
	}
	put_fields(l, ", restored ", v->edited & EDIT_NAMES);
	put_fields(l, ", removed ", removed);
}

/* ", answered 403, connection shut" */
static void put_refused(struct line *l, const struct verdict *v, const struct config *c)
{
	bool shut = v->action == ACTION_SHUT || v->action == ACTION_ANSWER_SHUT;

	(void)c;
	if (v->action == ACTION_ANSWER || v->action == ACTION_ANSWER_SHUT)
		line_text(l, ", answered 403");
	else if (!shut)
		line_text(l, ", dropped");
	if (shut)
		line_text(l, ", connection shut");
}

/* The sentence: `before`, what `put` says, `after`. Then the route, and what became of the call. */
static const struct {
	const char *before;
	void (*put)(struct line *l, const struct verdict *v, const struct config *c);
	const char *after;
	bool alone;         /* no route is named behind it */
	bool fate;          /* the call leaves by no member: refused, or left unchanged */
	const char *advice; /* behind that */
} sentences[WHY_COUNT] = {
	[WHY_NOT_SIP] = {.before = "not SIP"},
	[WHY_RESPONSE] = {.before = "response", .put = put_sender},
	[WHY_OWN_ADDRESS] = {.before = "own address"},
	[WHY_NO_ROUTE] = {.before = "no route", .put = put_failed, .alone = true},
	[WHY_BOND_NONE] = {.put = put_no_bond, .alone = true},
	[WHY_ALREADY] = {.before = "already right: ", .put = put_member},
	[WHY_STEERED] = {.put = put_steered},
	[WHY_KEEPALIVE] = {.put = put_steered, .after = ", keep-alive"},
	[WHY_NO_MEMBER] = {.before = "no member of ", .put = put_lack, .fate = true},
	[WHY_MEMBER_NOT_BOUND] = {.before = "no usable member of ", .put = put_lack,
		.after = ": the program listens on none of them", .fate = true},
	[WHY_MEMBER_REFUSED] = {.before = "the kernel refused every member of ", .put = put_lack,
		.fate = true},
	[WHY_CONNECTED_LISTENER] = {.before = "cannot be steered: the program connected this listener itself",
		.fate = true},
	[WHY_CANNOT_MOVE] = {.before = "cannot be steered: the socket is shared or already bound for good",
		.fate = true},
	[WHY_KEPT] = {.before = "as this transaction began: ", .put = put_kept},
	[WHY_RETURN_PATH] = {.before = "return path: as the name that the dialog has for the host",
		.put = put_return},
	[WHY_FLOW] = {.before = "that peer came in by it: ", .put = put_steered},
	[WHY_UNKNOWN_BOND] = {.before = "the script asks for a bond that does not exist, refused"},
	[WHY_ARRIVAL_UNKNOWN] = {.before = "arrival unknown", .fate = true,
		.advice = "; `to` or `socket` decides without it"},
	[WHY_TOO_LARGE] = {.before = "too large once its names are edited, refused"},
	[WHY_RULES_GONE] = {.before = "the rules were replaced long ago, and no others could be had, refused"},
	[WHY_UNREADABLE] = {.before = "no SIP message, but the script's header is in it, refused"},
	[WHY_PROBE] = {.put = put_member, .after = " answered"},
	[WHY_UNKNOWN] = {.before = "no bond has this listener", .put = put_refused},
	[WHY_UNEDITABLE] = {.before = "cannot be edited in full", .put = put_refused},
	[WHY_NO_FRAME] = {.before = "no SIP, or out of its framing", .put = put_refused},
	[WHY_RESTORED] = {.before = "arrived", .put = put_restored},
};

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

/* The first domain of the route, and whether it has more. NULL: it has none. */
static const char *first_domain(const struct config *c, uint16_t route, bool *more)
{
	const char *first = NULL;

	*more = false;
	for (size_t i = 0; c && i < c->target_count && !*more; i++) {
		if (c->targets[i].kind == TARGET_PREFIX || c->targets[i].route != route)
			continue;
		*more = first != NULL;
		first = first ? first : c->targets[i].domain;
	}
	return first;
}

/* "; no DNS answer for carrier1.com yet (route carriers)" */
static void put_unanswered(struct line *l, const struct verdict_doubt *d, const struct config *c)
{
	struct gone gone = gone_of(d->gone);
	const char *first;
	bool more;

	line_text(l, "; ");
	line_text(l, gone.before);
	if (c && d->domain < c->target_count && c->targets[d->domain].kind == TARGET_DOMAIN) {
		put_name(l, c->targets[d->domain].domain);
	} else if ((first = first_domain(c, d->route, &more)) != NULL) {
		put_name(l, first);
		if (more)
			line_text(l, " or its neighbours");
	} else {
		line_text(l, "its domains");
	}
	line_text(l, gone.after);
	put_route(l, " (", d->route, c);
	line_char(l, ')');
}

static void put_optional(struct line *l, const char *text)
{
	if (text)
		line_text(l, text);
}

void verdict_print(struct line *l, const struct verdict *v, const struct config *c)
{
	unsigned why = v->why < WHY_COUNT ? v->why : WHY_NOTHING;
	bool routed = v->route.number != MODEL_NONE && !sentences[why].alone;

	put_optional(l, sentences[why].before);
	if (sentences[why].put)
		sentences[why].put(l, v, c);
	put_optional(l, sentences[why].after);
	if (routed) {
		put_route(l, ", ", v->route.number, c);
		put_via(l, v, c);
	}
	if (sentences[why].fate)
		line_text(l, v->action == ACTION_FAIL ? ", refused" : ", left unchanged");
	put_optional(l, sentences[why].advice);
	if (v->edited && v->why != WHY_RESTORED)
		put_edited(l, v);
	if (v->doubt.elsewhere && !routed)
		line_text(l, "; the request names a domain that DNS does not place there");
	if (v->doubt.unanswered)
		put_unanswered(l, &v->doubt, c);
}
