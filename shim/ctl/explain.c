/* SPDX-License-Identifier: MIT */
/* bondctl explain: which route and member a destination gets, and why not the others. The answer is
 * match_route()'s own; the reasons are worked out beside it. */
#include "bondctl.h"

#include <stdarg.h>
#include <stdlib.h>

#include "decision.h"
#include "../../config/build.h"
#include "../../config/match.h"
#include "../../config/select.h"

struct request {
	const struct config *c;
	const struct match *m;
	struct addr dst;
	enum transport transport;
	bool stream;
	const struct addr *socket; /* NULL = not told */
	struct addr socket_addr;
	enum transport socket_transport;
	struct next_hop next_hop; /* host NULL = not told */
	const char *from; /* the bond it came in on, NULL = not told */
	uint16_t from_bond;
	bool from_host; /* the host's own request */
};

enum holds { NO, YES, MAYBE };

/* A reason, put together from pieces. */
struct reason {
	char text[1024];
	size_t n;
};

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
			add(why, " in line %u", t->place.line);
			return YES;
		}
		wrong_port = t;
	}
	if (has_domains(c, number)) {
		if (q->stream) {
			add(why, "a connection does not know the name, only the address: ");
			add_domains(why, c, number);
			add(why, " is not compared yet");
			return NO;
		}
		if (!q->next_hop.host) {
			add(why, "only if the request names ");
			add_domains(why, c, number);
			return MAYBE;
		}
		if (match_domain(q->m, number, &q->next_hop)) {
			add(why, "the request names %.*s", (int)q->next_hop.host_len,
				q->next_hop.host);
			return YES;
		}
		add(why, "the request does not name ");
		add_domains(why, c, number);
		return NO;
	}
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

static enum holds explain_from(const struct request *q, const struct route *r, struct reason *why)
{
	for (size_t i = 0; i < r->from_count; i++)
		if (q->from && !q->from_host && r->from[i] == q->from_bond)
			return YES;
	add(why, q->from ? "only what came in by " : "only if the request came in by ");
	for (size_t i = 0; i < r->from_count; i++)
		add(why, "%s%s", i ? " or " : "", q->c->bonds[r->from[i]].name);
	return q->from ? NO : MAYBE;
}

static enum holds worse(enum holds a, enum holds b)
{
	return a == NO || b == NO ? NO : a == MAYBE || b == MAYBE ? MAYBE : YES;
}

/* What route number says to the request, and why: the first reason against it, else for it. */
static enum holds explain_route(const struct request *q, uint16_t number, struct reason *why)
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

static void print_reason(const struct member *m, const struct request *q, enum transport t)
{
	static const char *const scopes[] = {[ADDR_GLOBAL] = "global",
		[ADDR_LOOPBACK] = "loopback",
		[ADDR_LINK_LOCAL] = "link-local"};
	if (m->transport != t)
		printf("no: %s, not %s", transport_names[m->transport], transport_names[t]);
	else if (m->addr.family != q->dst.family)
		printf("no: IPv%d, not IPv%d", m->addr.family == AF_INET ? 4 : 6,
			q->dst.family == AF_INET ? 4 : 6);
	else if (addr_scope(&m->addr) != addr_scope(&q->dst))
		printf("no: a %s address, the destination is %s", scopes[addr_scope(&m->addr)],
			scopes[addr_scope(&q->dst)]);
	else if (!select_scope_fits(m, &q->dst))
		printf("no: link-local on another interface");
	else
		printf("fits");
}

/* The first member that fits and whose address is here, else the first that fits. */
static uint32_t choose(
	const struct request *q, uint16_t bond, enum transport t, const struct expand *x)
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
	char text[ADDR_TEXT_MAX + 8];
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
		print_reason(m, q, t);
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

/* A connection's transport is not said by the host: the route or the port tells it. */
static enum transport real_transport(const struct request *q, const struct route *r)
{
	if (!q->stream)
		return TRANSPORT_UDP;
	enum transport t = select_stream_transport(r, &q->dst);
	if (t != q->transport && r->transport != TRANSPORT_NONE)
		printf("note: this route says that connections speak %s, so this one is taken for "
		       "%s, not %s\n",
			transport_names[t], transport_names[t], transport_names[q->transport]);
	else if (t != q->transport)
		printf("note: a connection to port %u is taken for %s, as neither route nor port "
		       "says %s: "
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

static void explain(struct request *q)
{
	struct question question = {.dst = &q->dst,
		.stream = q->stream,
		.socket = q->socket,
		.socket_transport = (uint8_t)q->socket_transport,
		.from_known = q->from != NULL,
		.from = &q->from_bond,
		.from_count = q->from && !q->from_host,
		.ctx = q,
		.next_hop = q->next_hop.host && !q->stream ? answer_next_hop : NULL};
	char text[ADDR_TEXT_MAX];
	struct answer a;
	enum match_result result = match_route(q->m, &question, &a);
	expand_print(&q->dst, text);
	printf("%s to %s\n", transport_names[q->transport], text);
	if (q->stream && q->next_hop.host)
		puts("note: a connection is made before its first message: --next-hop has no say");
	if (result == MATCH_OWN) {
		puts("this is a member's own address: never steered");
		return;
	}
	bool maybe = print_routes(q, result, &a);
	if (result == MATCH_UNDECIDED) {
		printf("where the request came in decides about route %s: say it with --from BOND, or "
		       "--from none for one of the host's own\n",
			q->c->routes[a.route].name);
		return;
	}
	if (result != MATCH_ROUTE) {
		printf("no route matches%s: no-route = %s\n", maybe ? " for sure" : "",
			q->c->no_route == NO_ROUTE_PASS ? "pass, the host's own choice stands"
							: "fail, the host gets ENETUNREACH");
		return;
	}
	const struct route *r = &q->c->routes[a.route];
	if (r->bond == ROUTE_BOND_NONE) {
		printf("route %s: bond = none, left alone\n", r->name);
		return;
	}
	printf("route %s: bond %s\n", r->name, q->c->bonds[r->bond].name);
	print_members(q, r->bond, real_transport(q, r));
}

/* Reads TRANSPORT:HOST[:PORT] as a configuration does; its first fault is complained of. */
static bool parse_as_member(const struct command *self, const char *s, const char *what,
	uint16_t family, enum transport *t, struct addr *a)
{
	struct findings f = {0};
	struct config c = {0};
	struct build b = {
		.c = &c, .f = &f, .text = s, .size = strlen(s), .line = s, .line_len = strlen(s), .number = 1};
	struct endpoint e = {0};
	bool good = expand_start(&b.expand) == 0 &&
		    endpoint_parse(&b, (struct word){s, strlen(s)}, what, (struct word){0}, &e) &&
		    b.expand.count;
	if (good) {
		*t = e.transport;
		*a = b.expand.found[0];
		for (size_t i = 0; i < b.expand.count && a->family != family; i++)
			if (b.expand.found[i].family == family)
				*a = b.expand.found[i];
		a->port = e.port;
	} else {
		bad_usage(self, "\"%s\": %s", s, f.count ? f.items[0].text : "out of memory");
	}
	expand_end(&b.expand);
	free(b.lines);
	findings_free(&f);
	config_free(&c);
	return good;
}

/* TRANSPORT:ADDRESS[:PORT]; false after a complaint. */
static bool parse_destination(
	const struct command *self, const char *s, enum transport *t, struct addr *a)
{
	const char *colon = strchr(s, ':');
	*t = colon ? transport_parse(s, (size_t)(colon - s)) : TRANSPORT_NONE;
	if (*t == TRANSPORT_NONE && addr_parse(a, s, strlen(s)) == 0) {
		const char *open = strchr(s, '[') || a->family == AF_INET ? "" : "[";
		bad_usage(self, "\"%s\" needs a transport: write udp:%s%s%s", s, open, s,
			*open ? "]" : "");
		return false;
	}
	struct word host = {colon ? colon + 1 : s, strcspn(colon ? colon + 1 : s, ":")};
	/* IPv6 without brackets has a second colon: that is told below. */
	bool name = host.n && host.s[0] != '[' && !word_is_numeric(host) &&
		    !(host.s[host.n] && strchr(host.s + host.n + 1, ':'));
	if (*t == TRANSPORT_NONE || name) {
		bad_usage(self,
			"\"%s\" is no destination: write sip:carrier1.com, "
			"udp:198.51.100.7:5060 or tls:[2001:db8::7]:5061",
			s);
		return false;
	}
	if (!parse_as_member(self, s, "destination", 0, t, a))
		return false;
	if (addr_is_any(a)) {
		bad_usage(self, "\"%s\": no traffic goes to this address", s);
		return false;
	}
	return true;
}

/* HOST[:PORT] of a request's next hop. */
static bool parse_next_hop(const struct command *self, const char *s, struct next_hop *nh)
{
	const char *colon = strrchr(s, ':');
	size_t n = strlen(s);
	char *end;
	*nh = (struct next_hop){.host = s, .host_len = n};
	if (s[0] == '[') {
		const char *close = strchr(s, ']');
		if (!close || (close[1] && close[1] != ':'))
			goto bad;
		*nh = (struct next_hop){.host = s + 1, .host_len = (size_t)(close - s) - 1};
		colon = close[1] ? close + 1 : NULL;
	} else if (colon) {
		nh->host_len = (size_t)(colon - s);
	}
	if (colon) {
		unsigned long port = strtoul(colon + 1, &end, 10);
		if (*end || colon[1] < '0' || colon[1] > '9' || port == 0 || port > UINT16_MAX)
			goto bad;
		nh->port = (uint16_t)port;
	}
	if (nh->host_len)
		return true;
bad:
	bad_usage(self, "\"%s\" is no next hop: write HOST or HOST:PORT", s);
	return false;
}

/* The value of --NAME VALUE or --NAME=VALUE, or NULL if argv[*i] is another argument. */
static const char *option(int argc, char **argv, int *i, const char *name)
{
	size_t n = strlen(name);
	if (strncmp(argv[*i], name, n) != 0)
		return NULL;
	if (argv[*i][n] == '=')
		return argv[*i] + n + 1;
	if (argv[*i][n] == 0)
		return *i + 1 < argc ? argv[++*i] : "";
	return NULL;
}

static int explain_run(const struct command *self, int argc, char **argv)
{
	struct request q = {0};
	struct config c;
	struct match *m;
	const char *words[2], *value, *socket = NULL;
	int count = 0;
	bool json = false, names;
	for (int i = 1; i < argc; i++) {
		if ((value = option(argc, argv, &i, "--socket"))) {
			socket = value;
		} else if ((value = option(argc, argv, &i, "--from"))) {
			q.from = value;
			q.from_host = strcmp(value, "none") == 0;
		} else if ((value = option(argc, argv, &i, "--next-hop"))) {
			if (!parse_next_hop(self, value, &q.next_hop))
				return EXIT_USAGE;
		} else if (strcmp(argv[i], "--json") == 0) {
			json = true;
		} else if (argv[i][0] == '-' && argv[i][1]) {
			return bad_usage(self, "unknown option \"%s\"", argv[i]);
		} else if (count == 2) {
			return bad_usage(self, "too many arguments: \"%s\"", argv[i]);
		} else {
			words[count++] = argv[i];
		}
	}
	if (count == 0)
		return bad_usage(self, "no destination");
	names = explain_uri_takes(words[count - 1]);
	if (names && q.next_hop.host)
		return bad_usage(self, "a URI names the next hop itself: --next-hop is for addresses");
	if (json && !names)
		return bad_usage(self, "--json is for SIP URIs and names");
	if (!names && !parse_destination(self, words[count - 1], &q.transport, &q.dst))
		return EXIT_USAGE;
	if (socket && !parse_as_member(self, socket, "socket", q.dst.family, &q.socket_transport,
			      &q.socket_addr))
		return EXIT_USAGE;
	q.socket = socket ? &q.socket_addr : NULL;
	q.stream = !transport_is_datagram(q.transport);
	if (load_or_complain(&c, count == 2 ? words[0] : default_file()))
		return EXIT_FAILURE;
	q.from_bond = q.from ? config_find_bond(&c, q.from, strlen(q.from)) : MODEL_NONE;
	if (q.from && !q.from_host && q.from_bond == MODEL_NONE) {
		config_free(&c);
		return bad_usage(self, "--from: there is no bond \"%s\" in this file", q.from);
	}
	if (match_compile(&m, &c)) {
		fputs("bondctl: out of memory\n", stderr);
		config_free(&c);
		return EXIT_FAILURE;
	}
	q.c = &c;
	q.m = m;
	int status = 0;
	if (names)
		status = decision_explain(&c, m, q.socket, (uint8_t)q.socket_transport,
			words[count - 1], json);
	else
		explain(&q);
	match_free(m);
	config_free(&c);
	return status;
}

const struct command explain_command = {
	.name = "explain",
	.arguments = "[OPTIONS] [FILE] DEST",
	.summary = "explain which route and member a destination gets, and why",
	.help = "DEST is a SIP URI or a name (sip:carrier1.com;transport=tcp, sips:carrier1.com, tls:carrier1.com):\n"
		"prints the targets that RFC 3263 gives in order, each with its DNS records, route and member.\n\n"
		"Or DEST is TRANSPORT:ADDRESS[:PORT], as in udp:198.51.100.7:5060 or tls:[2001:db8::7]:5061.\n"
		"Prints each route of FILE in order with the reason why it takes DEST or not, the bond,\n"
		"each of its members with the reason why it fits or not, and the member chosen.\n\n"
		"  --socket T:ADDRESS:PORT   the host sends from this socket of its own\n"
		"  --next-hop HOST[:PORT]    the request names this next hop (its top Route, else "
		"its R-URI)\n"
		"  --from BOND               the request came in on a member of BOND; none: it is the "
		"host's own\n"
		"  --json                    of a SIP URI or name, for programs\n\n"
		"Exit status: 0; 1 if FILE has errors, which are printed, or DNS gives no target; 2 if "
		"DEST is\n"
		"no destination.\n",
	.run = explain_run,
};
