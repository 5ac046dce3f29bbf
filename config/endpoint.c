/* SPDX-License-Identifier: MIT */
/* TRANSPORT:HOST[:PORT], the writing of members and of the host's sockets, with what stands behind
 * a member. HOST may be an interface or a host name: it becomes all their addresses. */
#include "build.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

static const char choices[] = "one of udp, tcp, tls, ws, wss, sctp";

/* What to write for w, whose transport is missing. */
static void say_transport(struct build *b, struct word w, const char *what)
{
	struct addr a;
	const char *host_end = w.s[0] == '[' ? memchr(w.s, ']', w.n) : w.s;
	bool port = host_end && memchr(host_end, ':', w.n - (size_t)(host_end - w.s));
	if (w.s[0] != '[' && addr_parse(&a, w.s, w.n) == 0 && memchr(w.s, ':', w.n) && !a.port)
		build_error(
			b, w, "a %s needs a transport: write udp:[%.*s]:5060", what, (int)w.n, w.s);
	else
		build_error(b, w, "a %s needs a transport: write udp:%.*s%s", what, (int)w.n, w.s,
			port ? "" : ":5060");
}

static void no_transport(struct build *b, struct word w, const char *what)
{
	char buf[DID_YOU_MEAN_MAX];
	const char *colon = memchr(w.s, ':', w.n);
	struct word first = {w.s, colon ? (size_t)(colon - w.s) : w.n};
	struct suggest s;
	struct addr a;
	if (transport_parse(w.s, w.n) != TRANSPORT_NONE) {
		build_error(b, w,
			"\"%.*s\" has no address: write %.*s:ADDRESS:PORT or "
			"%.*s:INTERFACE:PORT",
			(int)w.n, w.s, (int)w.n, w.s, (int)w.n, w.s);
		return;
	}
	if (word_is(first, "sip") || word_is(first, "sips")) {
		build_error(
			b, first, "\"%.*s\" is no transport: %s", (int)first.n, first.s, choices);
		return;
	}
	if (addr_parse(&a, w.s, w.n) == 0 || w.s[0] == '[' || memchr(first.s, '.', first.n) ||
		expand_index(&b->expand, first.s, first.n)) {
		say_transport(b, w, what);
		return;
	}
	suggest_start(&s, first.s, first.n);
	for (int t = TRANSPORT_NONE + 1; t < TRANSPORT_COUNT; t++)
		suggest_offer(&s, transport_names[t]);
	if (s.best)
		build_error(b, first, "unknown transport \"%.*s\"%s", (int)first.n, first.s,
			did_you_mean(&s, buf));
	else if (!colon || !memchr(colon + 1, ':', w.n - first.n - 1))
		say_transport(b, w, what);
	else
		build_error(
			b, first, "unknown transport \"%.*s\": %s", (int)first.n, first.s, choices);
}

/* IPv6 without brackets: where the last group looks like a port, it is taken as one. */
static void say_brackets(struct build *b, struct word w, enum transport t)
{
	const char *name = transport_names[t];
	const char *colon = memchr(w.s, ':', w.n);
	if (expand_index(&b->expand, w.s, (size_t)(colon - w.s))) {
		build_error(b, w, "an interface stands without a label: write %s:%.*s:%u for all its "
			"addresses, or one of them", name, (int)(colon - w.s), w.s,
			transport_default_port(t));
		return;
	}
	struct addr a;
	size_t last = w.n;
	uint32_t port;
	while (last && w.s[last - 1] != ':')
		last--;
	struct word digits = {w.s + last, w.n - last};
	if (digits.n >= 3 && word_number(digits, UINT16_MAX, &port) && port &&
		addr_parse(&a, w.s, last - 1) == 0 && a.family == AF_INET6)
		build_error(b, w, "an IPv6 address needs brackets: write %s:[%.*s]:%.*s", name,
			(int)(last - 1), w.s, (int)digits.n, digits.s);
	else
		build_error(b, w, "an IPv6 address needs brackets: write %s:[%.*s]:%u", name,
			(int)w.n, w.s, transport_default_port(t));
}

/* Splits HOST[:PORT] of an endpoint; literal is the IPv6 address inside brackets. */
static bool split(struct build *b, struct word w, enum transport t, struct word *host,
	struct word *port, bool *literal)
{
	const char *colon = memchr(w.s, ':', w.n);
	*literal = false;
	*port = (struct word){0};
	if (w.n && w.s[0] == '[') {
		const char *close = memchr(w.s, ']', w.n);
		if (!close) {
			build_error(b, w, "the '[' has no ']': write %s:[2001:db8::1]:%u",
				transport_names[t], transport_default_port(t));
			return false;
		}
		*host = (struct word){w.s + 1, (size_t)(close - w.s) - 1};
		struct word rest = {close + 1, w.n - host->n - 2};
		if (rest.n && rest.s[0] != ':') {
			build_error(b, rest, "\"%.*s\" after ']': only :PORT may stand there",
				(int)rest.n, rest.s);
			return false;
		}
		if (rest.n)
			*port = (struct word){rest.s + 1, rest.n - 1};
		*literal = true;
		if (memchr(host->s, ':', host->n))
			return true;
		build_error(b, *host,
			"\"%.*s\" is not an IPv6 address: only IPv6 stands in brackets",
			(int)host->n, host->s);
		return false;
	}
	if (colon && memchr(colon + 1, ':', w.n - (size_t)(colon + 1 - w.s))) {
		say_brackets(b, w, t);
		return false;
	}
	*host = (struct word){w.s, colon ? (size_t)(colon - w.s) : w.n};
	if (colon)
		*port = (struct word){colon + 1, w.n - host->n - 1};
	return true;
}

static bool parse_port(struct build *b, struct word w, struct word port, uint16_t *number)
{
	uint32_t n;
	if (!port.s)
		return true;
	if (!word_number(port, UINT16_MAX, &n) || n == 0) {
		build_error(b, port.n ? port : w, "\"%.*s\" is not a port: 1 to 65535", (int)port.n,
			port.s);
		return false;
	}
	*number = (uint16_t)n;
	return true;
}

/* A literal is the one address found. */
static bool found_one(struct build *b, const struct addr *a)
{
	struct expand *x = &b->expand;
	if (!x->room) {
		x->found = malloc(8 * sizeof(*x->found));
		if (!x->found) {
			b->no_memory = true;
			return false;
		}
		x->room = 8;
	}
	x->found[0] = *a;
	x->count = 1;
	return true;
}

static bool expand_literal(struct build *b, struct word host, struct word device)
{
	struct addr a;
	if (!address_parse(b, host, &a))
		return false;
	if (a.family == AF_INET6 && addr_scope(&a) == ADDR_LINK_LOCAL && !a.scope) {
		a.scope = device.n ? expand_index_meant(&b->expand, device.s, device.n) : 0;
		if (!a.scope) {
			build_error(b, host,
				"a link-local address needs its interface: write "
				"[%.*s%%eth0]",
				(int)host.n, host.s);
			return false;
		}
	}
	return found_one(b, &a);
}

/* What no host is called, as the VLAN eth0.100, may still be an interface. */
static bool is_interface_name(struct word w)
{
	size_t i = 0;
	while (i < w.n && (isalnum((unsigned char)w.s[i]) || strchr("-_.", w.s[i])))
		i++;
	return i == w.n && w.n > 0 && w.n < IFNAMSIZ && isalpha((unsigned char)w.s[0]);
}

static bool add_former(struct build *b, const struct addr *a, struct place place, struct place at)
{
	if (place.line != at.line || place.column != at.column)
		return true;
	if (expand_add(&b->expand, a))
		return true;
	b->no_memory = true;
	return false;
}

/* The addresses that the word had for former: of a host's name. One that is an interface, which is not there
 * now, has none. */
static bool expand_as_former(struct build *b, struct place at)
{
	const struct config *c = b->former;
	bool good = true;
	b->expand.count = 0;
	for (size_t i = 0; i < c->member_count && good; i++)
		if (!c->members[i].from_interface)
			good = add_former(b, &c->members[i].addr, c->members[i].place, at);
	for (size_t i = 0; i < c->route_count && good; i++)
		for (size_t k = 0; k < c->routes[i].socket_count && good; k++)
			good = add_former(b, &c->routes[i].sockets[k].addr, c->routes[i].sockets[k].place, at);
	for (size_t i = 0; i < c->alias_count && good; i++)
		if (c->aliases[i].listener.transport != TRANSPORT_NONE)
			good = add_former(b, &c->aliases[i].listener.addr, c->aliases[i].listener.place, at);
	return good && b->expand.count;
}

static bool expand_name(struct build *b, struct word host, struct place at, bool *from_interface)
{
	char buf[DID_YOU_MEAN_MAX];
	struct suggest s;
	int error = expand_interface(&b->expand, host.s, host.n);
	*from_interface = error == 0;
	if (error == 0)
		b->c->interfaces = true;
	if (error == ENODEV && b->former) {
		b->c->interfaces = b->former->interfaces;
		return expand_as_former(b, at);
	}
	if (error == 0 && b->expand.count == 0 && !b->former)
		build_absent(b, host,
			"interface %.*s has no address that can be used (link-local ones are "
			"left out)",
			(int)host.n, host.s);
	if (error == ENOMEM)
		b->no_memory = true;
	else if (error && error != ENODEV)
		build_error(b, host, "the interfaces of this machine cannot be listed: %s",
			strerror(error));
	if (error != ENODEV)
		return error == 0 && b->expand.count;
	const char *fault = domain_fault(host);
	if (expand_system->assume && (!fault || is_interface_name(host))) {
		*from_interface = fault || !memchr(host.s, '.', host.n);
		b->c->interfaces = b->c->interfaces || *from_interface;
		return expand_host(&b->expand, host.s, host.n) == 0;
	}
	suggest_start(&s, host.s, host.n);
	expand_suggest(&b->expand, &s);
	if (fault && is_interface_name(host)) {
		build_absent(b, host, "there is no interface \"%.*s\" on this machine now%s",
			(int)host.n, host.s, did_you_mean(&s, buf));
		return false;
	}
	if (fault) {
		build_error(b, host, "\"%.*s\" is neither an address nor a name: %s%s", (int)host.n,
			host.s, fault, did_you_mean(&s, buf));
		return false;
	}
	error = expand_host(&b->expand, host.s, host.n);
	if (error == 0)
		return true;
	if (error == EAI_MEMORY) {
		b->no_memory = true;
		return false;
	}
	build_absent(b, host,
		"\"%.*s\" is neither an interface of this machine nor a host name that "
		"resolves (%s)%s",
		(int)host.n, host.s, gai_strerror(error), did_you_mean(&s, buf));
	return false;
}

bool endpoint_parse(
	struct build *b, struct word w, const char *what, struct word device, struct endpoint *e)
{
	const char *colon = memchr(w.s, ':', w.n);
	struct word rest, port;
	bool literal;
	*e = (struct endpoint){0};
	if (w.s[0] == '"' || w.s[0] == '\'') {
		build_error(b, w, "values are written without quotes");
		return false;
	}
	e->transport = colon ? transport_parse(w.s, (size_t)(colon - w.s)) : TRANSPORT_NONE;
	if (e->transport == TRANSPORT_NONE) {
		no_transport(b, w, what);
		return false;
	}
	rest = (struct word){colon + 1, w.n - (size_t)(colon + 1 - w.s)};
	e->port = transport_default_port(e->transport);
	if (!split(b, rest, e->transport, &e->host, &port, &literal))
		return false;
	if (e->host.n == 0) {
		build_error(b, w,
			"no address after \"%.*s:\": write %.*s:ADDRESS:PORT or "
			"%.*s:INTERFACE:PORT",
			(int)(colon - w.s), w.s, (int)(colon - w.s), w.s, (int)(colon - w.s), w.s);
		return false;
	}
	if (!parse_port(b, w, port, &e->port))
		return false;
	if (memchr(e->host.s, '/', e->host.n)) {
		build_error(b, e->host,
			"\"%.*s\": a %s is one address, an interface or a host name, "
			"not a prefix or path",
			(int)e->host.n, e->host.s, what);
		return false;
	}
	if (literal || word_is_numeric(e->host))
		return expand_literal(b, e->host, device);
	if (word_is(e->host, "*")) {
		build_error(b, e->host,
			"\"*\": name the interface, as in %s:eth0:%u, or an address",
			transport_names[e->transport], e->port);
		return false;
	}
	return expand_name(b, e->host, build_place(b, w), &e->from_interface);
}

bool endpoint_name(
	struct build *b, struct word w, const char *what, struct word *host, uint16_t *port)
{
	struct word port_word;
	struct addr a;
	bool literal;
	*port = 0;
	const char *colon = memchr(w.s, ':', w.n);
	if (w.s[0] != '[' && colon && memchr(colon + 1, ':', w.n - (size_t)(colon + 1 - w.s))) {
		build_error(b, w, "an IPv6 address needs brackets: write [%.*s]", (int)w.n, w.s);
		return false;
	}
	if (!split(b, w, TRANSPORT_UDP, host, &port_word, &literal) ||
		!parse_port(b, w, port_word, port))
		return false;
	if (literal || word_is_numeric(*host)) {
		if (!address_parse(b, *host, &a))
			return false;
		if (literal) /* as it stands in messages */
			*host = (struct word){host->s - 1, host->n + 2};
		return true;
	}
	const char *fault = domain_fault(*host);
	if (fault)
		build_error(b, w, "\"%.*s\" is no %s: %s", (int)w.n, w.s, what, fault);
	return !fault;
}

void endpoint_socket(
	struct build *b, struct word w, const char *what, struct socket_name **list, size_t *count)
{
	struct endpoint e;
	if (!endpoint_parse(b, w, what, (struct word){0}, &e))
		return;
	for (size_t i = 0; i < b->expand.count; i++) {
		if (!build_grow(b, list, *count, sizeof(**list)))
			return;
		struct socket_name *s = &(*list)[(*count)++];
		*s = (struct socket_name){
			b->expand.found[i], (uint8_t)e.transport, build_place(b, w)};
		s->addr.port = e.port;
	}
}
