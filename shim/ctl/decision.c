/* SPDX-License-Identifier: MIT */
/* The route is match_route()'s own answer. A connection knows no name: it takes the first route of
 * the file whose domains have the address; a datagram goes by its text among them. */
#include "decision.h"
#include "command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "dns/gone.h"
#include "config/select.h"

struct verdict_text {
	enum match_result result;
	struct answer answer; /* of MATCH_ROUTE and MATCH_UNDECIDED */
	enum transport transport;
	uint32_t member;  /* SELECT_NONE = none */
	bool absent;      /* no fitting member's address is on this machine */
};

static struct next_hop name_of(const struct explain_target *t)
{
	return (struct next_hop){.host = *t->host ? t->host : NULL,
		.host_len = strlen(t->host),
		.port = t->port};
}

static bool give_name(void *ctx, struct next_hop *nh)
{
	*nh = name_of(ctx);
	return nh->host != NULL;
}

static void decide(const struct decision *d, const struct explain_target *t, struct verdict_text *v)
{
	const struct request *r = d->request;
	const struct config *c = r->c;
	struct match_facts room;
	bool stream = !transport_is_datagram(t->transport);
	struct question q = {.dst = &t->addr,
		.stream = stream,
		.socket = r->socket,
		.socket_transport = (uint8_t)r->socket_transport,
		.from_known = request_from_known(r, stream),
		.from = &r->from_bond,
		.from_count = request_from_count(r),
		.ctx = (void *)(uintptr_t)t,
		.next_hop = stream ? NULL : give_name,
		.facts = dns_view_facts(r->dns, c, &t->addr, &room)};
	*v = (struct verdict_text){.transport = t->transport, .member = SELECT_NONE};
	if (t->transport == TRANSPORT_SCTP)
		return;
	v->result = match_route(r->m, &q, &v->answer);
	if (v->result != MATCH_ROUTE)
		return;
	const struct route *route = &c->routes[v->answer.route];
	/* what the host speaks there is not seen at connect(): route, service of DNS, port tell it
	 */
	if (stream)
		v->transport = dns_view_stream_transport(r->dns, c, route, &t->addr);
	if (route->bond == ROUTE_BOND_NONE)
		return;
	uint32_t first = select_next(c, route->bond, v->transport, &t->addr, SELECT_NONE), i = first;
	while (i != SELECT_NONE && !expand_present(d->expand, &c->members[i].addr))
		i = select_next(c, route->bond, v->transport, &t->addr, i);
	v->absent = i == SELECT_NONE && first != SELECT_NONE;
	v->member = i == SELECT_NONE ? first : i;
}

/* The reasons of one target, ";" between them. */
struct why {
	char text[900];
	size_t n;
};

static void say(struct why *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(struct why *w, const char *format, ...)
{
	va_list args;
	if (w->n)
		w->n += (size_t)snprintf(w->text + w->n, sizeof(w->text) - w->n, "; ");
	va_start(args, format);
	if (w->n < sizeof(w->text))
		w->n += (size_t)vsnprintf(w->text + w->n, sizeof(w->text) - w->n, format, args);
	va_end(args);
	if (w->n >= sizeof(w->text))
		w->n = sizeof(w->text) - 1;
}

/* Target number n of those that are no prefixes. */
static const struct target *domain_target(const struct config *c, uint32_t n)
{
	for (size_t i = 0; i < c->target_count; i++)
		if (c->targets[i].kind != TARGET_PREFIX && n-- == 0)
			return &c->targets[i];
	return NULL;
}

/* Why it is this route. */
static void say_route(struct why *w, const struct config *c, const struct explain_target *t,
	const struct answer *a)
{
	const struct target *domain = a->by_address ? domain_target(c, a->domain) : NULL;
	if (domain)
		say(w, "an address of %s%s", domain->kind == TARGET_WILDCARD ? "*." : "",
			domain->domain);
	if (a->by_domain)
		say(w, domain ? "which shares it with other domains and is the one named"
			      : "the request names %s", t->host);
	else if (domain && a->shared_route != NO_ROUTE_NUMBER)
		say(w, "shares the address with route %s, which stands behind it",
			c->routes[a->shared_route].name);
}

static void say_undecided(struct why *w, const struct request *q, const struct answer *a)
{
	const struct config *c = q->c;
	if (a->elsewhere)
		say(w, "the name belongs to a route, but DNS does not place it at this address");
	if (a->domain_unanswered) {
		const struct target *t =
			a->waiting == UINT32_MAX ? NULL : domain_target(c, a->waiting);
		struct gone gone =
			gone_of(t ? dns_view_state(q->dns, (size_t)(t - c->targets)) : TABLE_UNKNOWN);
		say(w, "%s%s%s (route %s)", gone.before, t ? t->domain : "its domains", gone.after,
			c->routes[a->unanswered_route].name);
	}
}

/* The routes before it that would take the request under a condition that is not told here. */
static void say_others(struct why *w, const struct decision *d, const struct explain_target *t,
	const struct verdict_text *v)
{
	struct request q = *d->request;
	struct reason other;
	uint16_t limit = v->result == MATCH_NONE ? (uint16_t)q.c->route_count : v->answer.route;
	q.dst = t->addr;
	q.transport = t->transport;
	q.stream = !transport_is_datagram(t->transport);
	q.next_hop = name_of(t);
	for (uint16_t i = 0; i < limit; i++)
		if (explain_route(&q, i, &other) == MAYBE)
			say(w, "route %s (line %u) would take it first: %s", q.c->routes[i].name,
				q.c->routes[i].place.line, other.text);
}

static void reason(const struct decision *d, const struct explain_target *t,
	const struct verdict_text *v, struct why *w)
{
	const struct config *c = d->request->c;
	const struct route *r = v->result == MATCH_ROUTE ? &c->routes[v->answer.route] : NULL;
	*w = (struct why){.n = 0};
	if (t->transport == TRANSPORT_SCTP) {
		say(w, "SCTP is not steered: the host's own choice stands");
		return;
	}
	if (v->result == MATCH_OWN) {
		say(w, "a member's own address: never steered");
		return;
	}
	if (v->result == MATCH_UNDECIDED) {
		say(w, "where the request came in decides about route %s (line %u): %s",
			c->routes[v->answer.route].name, c->routes[v->answer.route].place.line,
			d->request->from_unseen ? request_unknown(d->request, v->answer.route)
						: "say it with --from");
		say_others(w, d, t, v);
		return;
	}
	if (r == NULL) {
		say(w, "no route matches: %s",
			request_no_route(d->request, !transport_is_datagram(t->transport), &t->addr));
		say_undecided(w, d->request, &v->answer);
		say_others(w, d, t, v);
		return;
	}
	if (r->bond == ROUTE_BOND_NONE)
		say(w, "bond = none: left alone");
	else if (v->member == SELECT_NONE)
		say(w, "no member for %s IPv%d: %s", transport_names[v->transport],
			t->addr.family == AF_INET6 ? 6 : 4,
			c->bonds[r->bond].no_member == NO_MEMBER_FAIL
				? "the host gets ENETUNREACH and may go on to its next target"
				: "the host's own choice stands");
	else if (v->absent)
		say(w, "its address is not on this machine now");
	say_route(w, c, t, &v->answer);
	say_undecided(w, d->request, &v->answer);
	say_others(w, d, t, v);
	if (v->transport != t->transport)
		say(w, "a connection to port %u is taken for %s unless the route says transport = %s",
			t->addr.port, transport_names[v->transport], transport_names[t->transport]);
}

static void member_text(const struct decision *d, uint32_t member, char text[ADDR_TEXT_MAX + 8])
{
	char address[ADDR_TEXT_MAX];
	const struct member *m = &d->request->c->members[member];
	addr_print(&m->addr, address);
	snprintf(text, ADDR_TEXT_MAX + 8, "%s:%s", transport_names[m->transport], address);
}

void decision_print(
	void *ctx, const struct explain_target *t, const char *indent, struct json *json, FILE *out)
{
	const struct decision *d = ctx;
	const struct config *c = d->request->c;
	struct verdict_text v;
	struct why why;
	char member[ADDR_TEXT_MAX + 8] = "";
	if (*t->host)
		dns_view_learn(d->request->dns, t);
	decide(d, t, &v);
	reason(d, t, &v, &why);
	const struct route *r = v.result == MATCH_ROUTE ? &c->routes[v.answer.route] : NULL;
	const struct bond *b = r && r->bond != ROUTE_BOND_NONE ? &c->bonds[r->bond] : NULL;
	if (v.member != SELECT_NONE)
		member_text(d, v.member, member);
	if (json) {
		json_object(json, "decision");
		json_text(json, "route", r ? r->name : NULL);
		json_number(json, "line", r ? r->place.line : 0);
		json_text(json, "bond", b ? b->name : NULL);
		json_text(json, "member", *member ? member : NULL);
		json_text(json, "reason", why.text);
		json_end(json);
		return;
	}
	fputs(indent, out);
	if (r)
		fprintf(out, "-> route %s (line %u)", r->name, r->place.line);
	if (b)
		fprintf(out, ", bond %s", b->name);
	if (*member)
		fprintf(out, ", member %s", member);
	fprintf(out, "%s%s\n", r && why.n ? "; " : r ? "" : "-> ", why.text);
}
