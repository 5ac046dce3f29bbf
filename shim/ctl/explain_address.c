/* SPDX-License-Identifier: MIT */
/* Routes in the order of the file, each with its first reason; members likewise. */
#include "explain_address.h"

#include <stdio.h>

#include "config/expand.h"
#include "config/select.h"

static int name_width(const struct config *c)
{
	int width = 0;
	for (size_t i = 0; i < c->route_count; i++) {
		int n = (int)strlen(c->routes[i].name);
		width = n > width ? n : width;
	}
	return width;
}

/* Returns whether a route might match that is not known to. */
static bool print_routes(const struct request *q, enum match_result result, const struct answer *a)
{
	static const char *const words[] = {[NO] = "no", [YES] = "yes", [MAYBE] = "maybe"};
	int width = name_width(q->c);
	struct reason why;
	bool maybe = false;
	puts("routes:");
	for (uint16_t i = 0; i < q->c->route_count; i++) {
		enum holds h = explain_route(q, i, &why);
		const char *mark = "";
		if (result == MATCH_ROUTE && i == a->route)
			mark = " <- taken";
		else if (result == MATCH_ROUTE && i < a->route && h == YES)
			mark = " (but the request names another domain of this address)";
		else if (result == MATCH_ROUTE && i > a->route && h != NO)
			mark = " (but an earlier route is taken)";
		maybe = maybe || h == MAYBE;
		printf("  %-*s  line %-4u %-5s  %s%s\n", width, q->c->routes[i].name,
			q->c->routes[i].place.line, words[h], why.text, mark);
	}
	if (q->c->route_count == 0)
		puts("  none");
	return maybe;
}

static int member_text(const struct member *m, char *buf, size_t size)
{
	char text[ADDR_TEXT_MAX];
	expand_print(&m->addr, text);
	return snprintf(buf, size, "%s:%s", transport_names[m->transport], text);
}

#define REASON_MAX 80

/* Whether it fits, and why not. */
static bool reason_of(const struct member *m, const struct request *q, enum transport t, char *why)
{
	static const char *const scopes[] = {[ADDR_GLOBAL] = "global",
		[ADDR_LOOPBACK] = "loopback",
		[ADDR_LINK_LOCAL] = "link-local"};
	*why = 0;
	if (m->transport != t)
		snprintf(why, REASON_MAX, "%s, not %s", transport_names[m->transport], transport_names[t]);
	else if (m->addr.family != q->dst.family)
		snprintf(why, REASON_MAX, "IPv%d, not IPv%d", m->addr.family == AF_INET ? 4 : 6,
			q->dst.family == AF_INET ? 4 : 6);
	else if (addr_scope(&m->addr) != addr_scope(&q->dst))
		snprintf(why, REASON_MAX, "a %s address, the destination is %s", scopes[addr_scope(&m->addr)],
			scopes[addr_scope(&q->dst)]);
	else if (!select_scope_fits(m, &q->dst))
		snprintf(why, REASON_MAX, "link-local on another interface");
	return !*why;
}

/* The first member that fits and whose address is here, else the first that fits. */
static uint32_t choose(
	const struct request *q, uint16_t bond, enum transport t, struct expand *x)
{
	uint32_t first = select_next(q->c, bond, t, &q->dst, SELECT_NONE);
	for (uint32_t i = first; i != SELECT_NONE; i = select_next(q->c, bond, t, &q->dst, i))
		if (expand_present(x, &q->c->members[i].addr))
			return i;
	return first;
}

static void print_members(const struct request *q, uint16_t bond, enum transport t)
{
	const struct bond *b = &q->c->bonds[bond];
	struct expand x;
	char text[ADDR_TEXT_MAX + 8], why[REASON_MAX];
	int width = 0;
	expand_start(&x);
	uint32_t chosen = choose(q, bond, t, &x);
	printf("members of bond %s:\n", b->name);
	for (uint32_t i = b->first_member; i < b->first_member + b->member_count; i++) {
		int n = member_text(&q->c->members[i], text, sizeof(text));
		width = n > width ? n : width;
	}
	for (uint32_t i = b->first_member; i < b->first_member + b->member_count; i++) {
		const struct member *m = &q->c->members[i];
		member_text(m, text, sizeof(text));
		printf("  %-*s  ", width, text);
		bool fits = reason_of(m, q, t, why);
		printf("%s%s", fits ? "fits" : "no: ", why);
		if (!expand_present(&x, &m->addr))
			printf("; not an address of this machine now");
		puts(i == chosen ? " <- chosen" : "");
	}
	if (b->member_count == 0)
		puts("  none");
	expand_end(&x);
	if (chosen == SELECT_NONE)
		printf("no member for %s IPv%d", transport_names[t],
			q->dst.family == AF_INET ? 4 : 6);
	else
		printf("if no member that fits can be used");
	printf(": no-member = %s\n", b->no_member == NO_MEMBER_FAIL
					     ? "fail, the host gets ENETUNREACH"
					     : "pass, the host's own choice stands");
}

/* A connection's transport is not said by the host: the route, DNS or the port tells it. */
static enum transport real_transport(const struct request *q, const struct route *r)
{
	if (!q->stream)
		return TRANSPORT_UDP;
	enum transport t = dns_view_stream_transport(q->dns, q->c, r, &q->dst);
	if (t != q->transport && r->transport != TRANSPORT_NONE)
		printf("note: this route says that connections speak %s, so this one is taken for "
		       "%s, not %s\n",
			transport_names[t], transport_names[t], transport_names[q->transport]);
	else if (t != q->transport)
		printf("note: a connection to port %u is taken for %s, as neither route, DNS nor "
		       "port says %s: "
		       "write transport = %s in this route\n",
			q->dst.port, transport_names[t], transport_names[q->transport],
			transport_names[q->transport]);
	return t;
}

static bool answer_next_hop(void *ctx, struct next_hop *nh)
{
	*nh = ((const struct request *)ctx)->next_hop;
	return true;
}

static enum match_result ask(const struct request *q, struct answer *a)
{
	struct match_facts room;
	struct question question = {.dst = &q->dst,
		.stream = q->stream,
		.socket = q->socket,
		.socket_transport = (uint8_t)q->socket_transport,
		.from_known = request_from_known(q, q->stream),
		.from = &q->from_bond,
		.from_count = request_from_count(q),
		.ctx = (void *)(uintptr_t)q,
		.next_hop = q->next_hop.host && !q->stream ? answer_next_hop : NULL,
		.facts = dns_view_facts(q->dns, q->c, &q->dst, &room)};

	return match_route(q->m, &question, a);
}

static void explain_text(const struct request *q, enum match_result result, const struct answer *a)
{
	char text[ADDR_TEXT_MAX];
	expand_print(&q->dst, text);
	printf("%s to %s\n", transport_names[q->transport], text);
	if (q->stream && q->next_hop.host)
		puts("note: a connection is made before its first message: --next-hop has no say");
	if (result == MATCH_OWN) {
		puts("this is a member's own address: never steered");
		return;
	}
	if (q->transport == TRANSPORT_SCTP) {
		puts("SCTP is not steered: the host's own choice stands");
		return;
	}
	bool maybe = print_routes(q, result, a);
	if (result == MATCH_UNDECIDED && q->from_unseen) {
		printf("where the request came in decides about route %s: %s\n",
			q->c->routes[a->route].name, request_unknown(q, a->route));
		return;
	}
	if (result == MATCH_UNDECIDED) {
		printf("where the request came in decides about route %s: say it with --from BOND, or "
		       "--from none for one of the host's own\n",
			q->c->routes[a->route].name);
		return;
	}
	if (result != MATCH_ROUTE) {
		printf("no route matches%s: %s\n", maybe ? " for sure" : "",
			request_no_route(q, q->stream, &q->dst));
		return;
	}
	const struct route *r = &q->c->routes[a->route];
	if (r->bond == ROUTE_BOND_NONE) {
		printf("route %s: bond = none, left alone\n", r->name);
		return;
	}
	printf("route %s: bond %s\n", r->name, q->c->bonds[r->bond].name);
	print_members(q, r->bond, real_transport(q, r));
}

/* ---- as JSON ---- */

/* None where they are not asked. */
static void routes_json(struct json *j, const struct request *q, enum match_result result,
	const struct answer *a)
{
	static const char *const words[] = {[NO] = "no", [YES] = "yes", [MAYBE] = "maybe"};
	struct reason why;

	json_array(j, "routes");
	for (uint16_t i = 0; result != MATCH_OWN && i < q->c->route_count; i++) {
		enum holds h = explain_route(q, i, &why);
		json_object(j, NULL);
		json_text(j, "name", q->c->routes[i].name);
		json_number(j, "line", q->c->routes[i].place.line);
		json_text(j, "takes", words[h]);
		json_text(j, "reason", why.text);
		json_bool(j, "taken", result == MATCH_ROUTE && i == a->route);
		json_end(j);
	}
	json_end(j);
}

static void members_json(struct json *j, const struct request *q, const struct route *r)
{
	enum transport t = q->stream ? dns_view_stream_transport(q->dns, q->c, r, &q->dst) : TRANSPORT_UDP;
	const struct bond *b = &q->c->bonds[r->bond];
	struct expand x;
	char text[ADDR_TEXT_MAX + 8], why[REASON_MAX];

	expand_start(&x);
	uint32_t chosen = choose(q, r->bond, t, &x);
	json_text(j, "transport", transport_names[t]);
	json_text(j, "no_member", b->no_member == NO_MEMBER_FAIL ? "fail" : "pass");
	json_array(j, "members");
	for (uint32_t i = b->first_member; i < b->first_member + b->member_count; i++) {
		const struct member *m = &q->c->members[i];
		member_text(m, text, sizeof(text));
		json_object(j, NULL);
		json_text(j, "name", text);
		json_bool(j, "fits", reason_of(m, q, t, why));
		json_text(j, "reason", *why ? why : NULL);
		json_bool(j, "here", expand_present(&x, &m->addr));
		json_bool(j, "chosen", i == chosen);
		json_end(j);
	}
	json_end(j);
	expand_end(&x);
}

static void explain_json(struct json *j, const struct request *q, enum match_result result,
	const struct answer *a)
{
	static const char *const results[] = {[MATCH_NONE] = "none", [MATCH_OWN] = "own", [MATCH_ROUTE] = "route",
		[MATCH_UNDECIDED] = "undecided"};
	bool steered = q->transport != TRANSPORT_SCTP, route = steered && result == MATCH_ROUTE;
	const struct route *r = route ? &q->c->routes[a->route] : NULL;
	char text[ADDR_TEXT_MAX];

	expand_print(&q->dst, text);
	json_object(j, NULL);
	json_textf(j, "destination", "%s:%s", transport_names[q->transport], text);
	json_text(j, "outcome", steered ? results[result] : "not-steered");
	json_text(j, "route", r ? r->name : NULL);
	json_text(j, "bond", r && r->bond != ROUTE_BOND_NONE ? q->c->bonds[r->bond].name : NULL);
	routes_json(j, q, steered ? result : MATCH_OWN, a);
	if (r && r->bond != ROUTE_BOND_NONE)
		members_json(j, q, r);
	json_end(j);
	json_finish(j);
}

void explain_address(const struct request *q, struct json *json)
{
	struct answer a;
	enum match_result result = ask(q, &a);

	if (json)
		explain_json(json, q, result, &a);
	else
		explain_text(q, result, &a);
}
