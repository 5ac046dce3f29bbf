/* SPDX-License-Identifier: MIT */
/* See decision.h. The route is match_route()'s own answer. A connection knows no name: it takes the
 * first route of the file whose domains have the address; a datagram goes by its text among them.
 */
#include "decision.h"
#include "bondctl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../names/resolver.h"
#include "../../config/select.h"

struct verdict_text {
	enum match_result result;
	uint16_t route; /* of MATCH_ROUTE and MATCH_UNDECIDED */
	enum transport transport;
	uint32_t member;  /* SELECT_NONE = none */
	bool absent;      /* no fitting member's address is on this machine */
	char shared[300]; /* the domain whose route took it instead, "" = none */
};

static bool give_name(void *ctx, struct next_hop *nh)
{
	*nh = *(const struct next_hop *)ctx;
	return nh->host_len > 0;
}

static enum match_result route_by_name(const struct decision *d, const struct explain_target *t,
	const char *name, uint16_t port, uint16_t *route)
{
	struct next_hop nh = {.host = name, .host_len = strlen(name), .port = port};
	struct question q = {.dst = &t->addr,
		.stream = !transport_is_datagram(t->transport),
		.socket = d->socket,
		.socket_transport = d->socket_transport,
		.ctx = &nh,
		.next_hop = give_name};
	struct answer a;
	enum match_result result = match_route(d->match, &q, &a);
	*route = a.route;
	return result;
}

/* Takes an earlier route if another domain of it has the address, too. */
static void consider_shared(
	const struct decision *d, const struct explain_target *t, struct verdict_text *v)
{
	struct table_hit hit;
	struct table_domain_info info;
	if (d->table == NULL || transport_is_datagram(t->transport) || v->result == MATCH_OWN ||
		!table_lookup(d->table, &t->addr, &hit))
		return;
	for (unsigned i = 0; i < hit.count; i++) {
		uint16_t route, port = 0;
		if (table_domain_describe(d->table, hit.domains[i], &info))
			continue;
		char *colon = strchr(info.name, ':');
		if (colon) {
			port = (uint16_t)atoi(colon + 1);
			*colon = '\0';
		}
		if (route_by_name(d, t, info.name, port, &route) != MATCH_ROUTE ||
			(v->result == MATCH_ROUTE && route >= v->route))
			continue;
		v->result = MATCH_ROUTE;
		v->route = route;
		snprintf(v->shared, sizeof(v->shared), "%s", info.name);
	}
}

static void decide(const struct decision *d, const struct explain_target *t, struct verdict_text *v)
{
	const struct config *c = d->config;
	*v = (struct verdict_text){.transport = t->transport, .member = SELECT_NONE};
	v->result = route_by_name(d, t, t->host, t->port, &v->route);
	consider_shared(d, t, v);
	if (v->result != MATCH_ROUTE)
		return;
	const struct route *r = &c->routes[v->route];
	/* what the host speaks there is not seen at connect(): route, service of DNS, port tell it
	 */
	if (!transport_is_datagram(t->transport) && (r->transport != TRANSPORT_NONE || !t->service))
		v->transport = select_stream_transport(r, &t->addr);
	if (r->bond == ROUTE_BOND_NONE)
		return;
	uint32_t first = select_next(c, r->bond, v->transport, &t->addr, SELECT_NONE), i = first;
	while (i != SELECT_NONE && !expand_present(d->expand, &c->members[i].addr))
		i = select_next(c, r->bond, v->transport, &t->addr, i);
	v->absent = i == SELECT_NONE && first != SELECT_NONE;
	v->member = i == SELECT_NONE ? first : i;
}

static void reason(const struct decision *d, const struct explain_target *t,
	const struct verdict_text *v, char *text, size_t size)
{
	const struct config *c = d->config;
	const struct route *r = v->result == MATCH_ROUTE ? &c->routes[v->route] : NULL;
	size_t n = 0;
	text[0] = '\0';
	if (v->result == MATCH_OWN) {
		snprintf(text, size, "a member's own address: never steered");
		return;
	}
	if (r == NULL) {
		snprintf(text, size, "no route matches: %s",
			c->no_route == NO_ROUTE_PASS ? "the host's own choice stands"
						     : "the host gets ENETUNREACH");
		return;
	}
	if (r->bond == ROUTE_BOND_NONE)
		n += (size_t)snprintf(text + n, size - n, "bond = none: left alone");
	else if (v->member == SELECT_NONE)
		n += (size_t)snprintf(text + n, size - n, "no member for %s IPv%d: %s",
			transport_names[v->transport], t->addr.family == AF_INET6 ? 6 : 4,
			c->bonds[r->bond].no_member == NO_MEMBER_FAIL
				? "the host gets ENETUNREACH and may go on to its next target"
				: "the host's own choice stands");
	else if (v->absent)
		n += (size_t)snprintf(text + n, size - n, "its address is not on this machine now");
	if (v->shared[0] && n < size)
		n += (size_t)snprintf(text + n, size - n,
			"%sshares the address with %s, whose route "
			"stands first",
			n ? "; " : "", v->shared);
	if (v->transport != t->transport && n < size)
		snprintf(text + n, size - n,
			"%sa connection to port %u is taken for %s unless the route "
			"says transport = %s",
			n ? "; " : "", t->addr.port, transport_names[v->transport],
			transport_names[t->transport]);
}

static void member_text(const struct decision *d, uint32_t member, char text[ADDR_TEXT_MAX + 8])
{
	char address[ADDR_TEXT_MAX];
	const struct member *m = &d->config->members[member];
	addr_print(&m->addr, address);
	snprintf(text, ADDR_TEXT_MAX + 8, "%s:%s", transport_names[m->transport], address);
}

void decision_print(
	void *ctx, const struct explain_target *t, const char *indent, bool json, FILE *out)
{
	const struct decision *d = ctx;
	const struct config *c = d->config;
	struct verdict_text v;
	char why[700], member[ADDR_TEXT_MAX + 8] = "";
	decide(d, t, &v);
	reason(d, t, &v, why, sizeof(why));
	const struct route *r = v.result == MATCH_ROUTE ? &c->routes[v.route] : NULL;
	const struct bond *b = r && r->bond != ROUTE_BOND_NONE ? &c->bonds[r->bond] : NULL;
	if (v.member != SELECT_NONE)
		member_text(d, v.member, member);
	if (json) {
		fputs("{\"route\":", out);
		explain_json(out, r ? r->name : NULL);
		fprintf(out, ",\"line\":%u,\"bond\":", r ? r->place.line : 0);
		explain_json(out, b ? b->name : NULL);
		fputs(",\"member\":", out);
		explain_json(out, *member ? member : NULL);
		fputs(",\"reason\":", out);
		explain_json(out, why);
		fputs("}", out);
		return;
	}
	fputs(indent, out);
	if (r)
		fprintf(out, "-> route %s (line %u)", r->name, r->place.line);
	if (b)
		fprintf(out, ", bond %s", b->name);
	if (*member)
		fprintf(out, ", member %s", member);
	fprintf(out, "%s%s\n", r && *why ? "; " : r ? "" : "-> ", why);
}

/* Steps until each domain was looked up once. */
static void run_once(struct resolver *r, const struct names_io *io, size_t domains)
{
	struct pollfd fds[RESOLVER_SOCKETS_MAX];
	int count = 0;
	while (resolver_step(r, fds, count), resolver_lookups(r) < domains) {
		count = resolver_sockets(r, fds, RESOLVER_SOCKETS_MAX);
		if (io->poll(fds, (nfds_t)count, resolver_wait(r)) <= 0)
			count = 0;
	}
}

int decision_table(struct table *t, const struct config *c, const struct names_io *io)
{
	struct resolver *r;
	struct resolver_setup s = {.config = c, .table = t, .io = io};
	uint32_t domains = 0;
	for (size_t i = 0; i < c->target_count; i++)
		domains += c->targets[i].kind != TARGET_PREFIX;
	if (domains > TABLE_DOMAINS_MAX)
		domains = TABLE_DOMAINS_MAX;
	size_t size = table_size(domains, domains * 64);
	void *area = aligned_alloc(64, size);
	if (area == NULL)
		return ENOMEM;
	memset(area, 0, size);
	int e = table_format(area, size, domains, domains * 64);
	if (e == 0)
		e = table_attach(t, area, size);
	if (e == 0)
		e = resolver_open(&r, &s);
	if (e) {
		free(area);
		return e;
	}
	run_once(r, io, resolver_domains(r));
	resolver_close(r);
	return 0;
}

int decision_explain(const struct config *c, const struct match *m, const struct addr *socket,
	uint8_t socket_transport, const char *dest, bool json)
{
	struct table t;
	struct expand x;
	struct decision d = {.config = c,
		.match = m,
		.expand = &x,
		.socket = socket,
		.socket_transport = socket_transport};
	struct explain_uri e = {.config = c,
		.io = &names_io_own,
		.json = json,
		.out = stdout,
		.decision = decision_print,
		.ctx = &d};
	if (resolver_needed(c) && decision_table(&t, c, &names_io_own) == 0)
		d.table = &t;
	expand_start(&x);
	int error = explain_uri(&e, dest);
	expand_end(&x);
	return error == EINVAL ? EXIT_USAGE : error ? EXIT_FAILURE : 0;
}
