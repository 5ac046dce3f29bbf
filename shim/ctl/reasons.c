/* SPDX-License-Identifier: MIT */
/* The conditions of a route one by one, in the order in which an operator reads them. */
#include "reasons.h"

#include "config/build.h"
#include "config/match_domains.h"
#include "dns/gone.h"

#include <stdarg.h>
#include <stdio.h>

static void add(struct reason *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct reason *r, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int n = vsnprintf(r->text + r->n, sizeof(r->text) - r->n, format, args);
	va_end(args);
	if (n > 0)
		r->n = r->n + (size_t)n < sizeof(r->text) ? r->n + (size_t)n : sizeof(r->text) - 1;
}

static void add_target(struct reason *r, const struct target *t)
{
	char text[ADDR_TEXT_MAX];
	struct addr a = t->prefix.addr;
	if (t->kind != TARGET_PREFIX) {
		add(r, "%s%s", t->kind == TARGET_WILDCARD ? "*." : "", t->domain);
		if (t->port)
			add(r, ":%u", t->port);
		return;
	}
	a.port = t->port;
	if (t->prefix.bits == 128) {
		addr_print(&a, text);
		add(r, "%s", text);
	} else {
		addr_print_host(&a, text);
		add(r, "%s/%d", text, a.family == AF_INET ? t->prefix.bits - 96 : t->prefix.bits);
	}
}

static bool target_has_address(const struct target *t, const struct addr *dst)
{
	return t->kind == TARGET_PREFIX && prefix_contains(&t->prefix, dst) &&
	       (!t->prefix.addr.scope || t->prefix.addr.scope == dst->scope);
}

/* Lists the domains of a route, the first few of many. */
static size_t add_domains(struct reason *why, const struct config *c, uint16_t number)
{
	size_t count = 0;
	for (size_t i = 0; i < c->target_count; i++) {
		if (c->targets[i].route != number || c->targets[i].kind == TARGET_PREFIX)
			continue;
		if (++count > 4)
			continue;
		if (count > 1)
			add(why, " or ");
		add_target(why, &c->targets[i]);
	}
	if (count > 4)
		add(why, " or %zu more", count - 4);
	return count;
}

static bool has_domains(const struct config *c, uint16_t number)
{
	for (size_t i = 0; i < c->target_count; i++)
		if (c->targets[i].route == number && c->targets[i].kind != TARGET_PREFIX)
			return true;
	return false;
}

/* A domain of the route that has the address, by what DNS says; target_count = none. */
static size_t domain_with_address(const struct request *q, uint16_t number)
{
	for (size_t i = 0; i < q->c->target_count; i++) {
		const struct target *t = &q->c->targets[i];
		if (t->route == number && t->kind != TARGET_PREFIX &&
			(!t->port || t->port == q->dst.port) && dns_view_has(q->dns, i, &q->dst))
			return i;
	}
	return q->c->target_count;
}

/* Whether the text of a request might decide alone for this route; *waiting = the first domain that
 * has no answer yet. */
static bool is_open(const struct request *q, uint16_t number, const struct target **waiting)
{
	bool open = false;
	*waiting = NULL;
	for (size_t i = 0; i < q->c->target_count; i++) {
		const struct target *t = &q->c->targets[i];
		if (t->route != number || t->kind == TARGET_PREFIX)
			continue;
		if (dns_view_waits(q->dns, q->c, i))
			*waiting = *waiting ? *waiting : t;
		else if (t->kind != TARGET_WILDCARD)
			continue;
		open = true;
	}
	return open;
}

static enum holds by_text(const struct request *q, uint16_t number, struct reason *why)
{
	if (!q->next_hop.host) {
		add(why, "only if the request names ");
		add_domains(why, q->c, number);
		return MAYBE;
	}
	if (match_domain(q->m, number, &q->next_hop)) {
		add(why, "the request names %.*s", (int)q->next_hop.host_len, q->next_hop.host);
		return YES;
	}
	add(why, "the request does not name ");
	add_domains(why, q->c, number);
	return NO;
}

/* A domain's route takes what goes to its addresses; text decides alone only where DNS cannot. */
static enum holds explain_domains(const struct request *q, uint16_t number, struct reason *why)
{
	const struct target *waiting;
	size_t has = domain_with_address(q, number);
	if (has < q->c->target_count) {
		add(why, "DNS: an address of ");
		add_target(why, &q->c->targets[has]);
		return YES;
	}
	if (!q->dns_asked && q->stream) {
		add(why, "DNS is not asked: the address alone decides");
		return NO;
	}
	if (q->dns_asked && !is_open(q, number, &waiting)) {
		add(why, "DNS: not an address of ");
		add_domains(why, q->c, number);
		return NO;
	}
	if (!q->stream)
		return by_text(q, number, why);
	if (waiting) {
		size_t target = (size_t)(waiting - q->c->targets);
		struct gone gone = gone_of(dns_view_state(q->dns, target));
		add(why, "%s%s%s", gone.before, waiting->domain, gone.after);
	} else
		add(why, "the host's own look-ups have not shown it as an address of ");
	if (!waiting)
		add_domains(why, q->c, number);
	return NO;
}

static enum holds explain_to(const struct request *q, uint16_t number, struct reason *why)
{
	const struct config *c = q->c;
	const struct target *wrong_port = NULL;
	for (size_t i = 0; i < c->target_count; i++) {
		const struct target *t = &c->targets[i];
		if (t->route != number || !target_has_address(t, &q->dst))
			continue;
		if (!t->port || t->port == q->dst.port) {
			add_target(why, t);
			char where[BUILD_WHERE_MAX];
			add(why, " in %s", build_where(c, t->place, where));
			return YES;
		}
		wrong_port = t;
	}
	if (has_domains(c, number))
		return explain_domains(q, number, why);
	if (wrong_port) {
		add(why, "only port %u of this address", wrong_port->port);
		return NO;
	}
	add(why, "the address is none of its destinations");
	return NO;
}

static bool is_sip_port(const struct config *c, uint16_t port)
{
	for (size_t i = 0; i < c->sip_port_count; i++)
		if (c->sip_ports[i] == port)
			return true;
	return false;
}

static enum holds explain_sockets(
	const struct request *q, const struct route *r, struct reason *why)
{
	char text[ADDR_TEXT_MAX];
	for (size_t i = 0; i < r->socket_count; i++)
		if (q->socket && r->sockets[i].transport == q->socket_transport &&
			addr_equal(&r->sockets[i].addr, q->socket))
			return YES;
	add(why, q->socket ? "not from this socket, only from " : "only from ");
	for (size_t i = 0; i < r->socket_count && i < 4; i++) {
		addr_print(&r->sockets[i].addr, text);
		add(why, "%s%s:%s", i ? " or " : "socket ",
			transport_names[r->sockets[i].transport], text);
	}
	if (r->socket_count > 4)
		add(why, " or %zu more", r->socket_count - 4);
	return q->socket ? NO : MAYBE;
}

const char *request_no_route(const struct request *q, bool stream, const struct addr *dst)
{
	if (q->c->no_route == NO_ROUTE_PASS)
		return "no-route = pass, the host's own choice stands";
	if (stream && !is_sip_port(q->c, dst->port))
		return "no-route = fail holds for connections at sip-ports only, the host's own choice "
		       "stands";
	return "no-route = fail, the host gets ENETUNREACH";
}

const char *request_unknown(const struct request *q, uint16_t route)
{
	const struct route *r = &q->c->routes[route];
	if (r->bond == ROUTE_BOND_NONE || q->c->bonds[r->bond].no_member == NO_MEMBER_PASS)
		return "no later route is tried, the host's own choice stands; `to` or `socket` decides "
		       "without it";
	return "no later route is tried, the host gets ENETUNREACH; `to` or `socket` decides without it";
}

static enum holds explain_from(const struct request *q, const struct route *r, struct reason *why)
{
	for (size_t i = 0; i < r->from_count; i++)
		if (request_from_count(q) && r->from[i] == q->from_bond)
			return YES;
	bool told = q->from && !q->from_unseen;
	add(why, told ? "only what came in by " : "only if the request came in by ");
	for (size_t i = 0; i < r->from_count; i++)
		add(why, "%s%s", i ? " or " : "", q->c->bonds[r->from[i]].name);
	if (q->from_unseen)
		add(why, ", which cannot be seen");
	return told ? NO : MAYBE;
}

static enum holds worse(enum holds a, enum holds b)
{
	return a == NO || b == NO ? NO : a == MAYBE || b == MAYBE ? MAYBE : YES;
}

enum holds explain_route(const struct request *q, uint16_t number, struct reason *why)
{
	const struct route *r = &q->c->routes[number];
	*why = (struct reason){.n = 0};
	if (r->transport != TRANSPORT_NONE &&
		transport_is_datagram((enum transport)r->transport) == q->stream) {
		add(why,
			q->stream ? "only for datagrams (transport = %s)"
				  : "only for connections (transport = %s)",
			transport_names[r->transport]);
		return NO;
	}
	if (!r->has_to && q->stream && !is_sip_port(q->c, q->dst.port)) {
		add(why, "without `to` it takes connections only to sip-ports");
		return NO;
	}
	enum holds all = YES;
	if (r->has_to)
		all = explain_to(q, number, why);
	else
		add(why, "no `to`: any destination");
	for (int i = 0; i < 2 && all != NO; i++) {
		struct reason more = {.n = 0};
		enum holds h = YES;
		if (i == 0 && r->socket_count)
			h = explain_sockets(q, r, &more);
		if (i == 1 && r->from_count)
			h = explain_from(q, r, &more);
		if (h == NO)
			*why = more;
		else if (h == MAYBE)
			add(why, ", %s", more.text);
		all = worse(all, h);
	}
	return all;
}
