/* SPDX-License-Identifier: MIT */
/* The keys of [host] and [dns]. Part of the load. */
#include "keys.h"

#include <ctype.h>
#include <strings.h>

bool keys_choose(struct build *b, struct word value, const char *const *names, uint8_t *out)
{
	char buf[DID_YOU_MEAN_MAX], list[DID_YOU_MEAN_MAX] = "";
	struct suggest s;
	suggest_start(&s, value.s, value.n);
	for (uint8_t i = 0; names[i]; i++) {
		if (word_is(value, names[i])) {
			*out = i;
			return true;
		}
		suggest_offer(&s, names[i]);
		const char *between = i == 0 ? "" : names[i + 1] ? ", " : " or ";
		size_t n = strlen(list);
		snprintf(list + n, sizeof(list) - n, "%s%s", between, names[i]);
	}
	if (s.best)
		build_error(b, value, "unknown value \"%.*s\"%s", (int)value.n, value.s,
			did_you_mean(&s, buf));
	else
		build_error(
			b, value, "unknown value \"%.*s\": write %s", (int)value.n, value.s, list);
	return false;
}

void host_set_program(struct build *b, struct word value)
{
	struct config *c = b->c;
	struct word item;
	while (word_next_item(b, &value, &item)) {
		const char *slash = memrchr(item.s, '/', item.n);
		if (slash) {
			struct word name = {slash + 1, item.n - (size_t)(slash + 1 - item.s)};
			if (name.n == 0) {
				build_error(b, item,
					"\"%.*s\" names no program: write its name alone",
					(int)item.n, item.s);
				continue;
			}
			build_warn(b, item, "only the name of a program counts: taken as %.*s",
				(int)name.n, name.s);
			item = name;
		}
		if (!build_grow(b, &c->programs, c->program_count, sizeof(*c->programs)))
			return;
		c->programs[c->program_count] = build_strdup(b, item);
		c->program_count++;
	}
}

void host_set_sip_ports(struct build *b, struct word value)
{
	struct config *c = b->c;
	struct word item, one;
	uint32_t port;
	while (word_next_item(b, &value, &item)) {
		while (word_next(&item, &one)) {
			bool twice = false;
			if (!word_number(one, UINT16_MAX, &port) || port == 0) {
				build_error(b, one, "\"%.*s\" is not a port: 1 to 65535",
					(int)one.n, one.s);
				continue;
			}
			for (size_t i = 0; i < c->sip_port_count; i++)
				twice = twice || c->sip_ports[i] == port;
			if (twice)
				build_warn(b, one, "port %u is listed already", port);
			else if (build_grow(b, &c->sip_ports, c->sip_port_count,
					 sizeof(*c->sip_ports)))
				c->sip_ports[c->sip_port_count++] = (uint16_t)port;
		}
	}
}

static const struct alias *find_alias(const struct config *c, const struct alias *a)
{
	for (size_t i = 0; i < c->alias_count; i++) {
		const struct alias *b = &c->aliases[i];
		if (a->name && b->name && strcasecmp(a->name, b->name) == 0 && a->port == b->port &&
			a->listener.transport == b->listener.transport &&
			addr_equal(&a->listener.addr, &b->listener.addr) &&
			a->listener.addr.scope == b->listener.addr.scope)
			return b;
	}
	return NULL;
}

void host_set_alias(struct build *b, struct word value)
{
	struct config *c = b->c;
	struct word rest = value, name, listener, host;
	struct socket_name *sockets = NULL;
	struct alias alias = {.place = build_place(b, value)};
	size_t count = 0;
	word_next(&rest, &name);
	if (!endpoint_name(b, name, "name to write in messages", &host, &alias.port))
		return;
	alias.name = build_strdup(b, host);
	if (word_next(&rest, &listener)) {
		struct word more;
		if (word_next(&rest, &more)) {
			build_error(b, more,
				"\"%.*s\" after the listener: write alias = NAME[:PORT] "
				"[TRANSPORT:ADDRESS:PORT]",
				(int)more.n, more.s);
			return;
		}
		endpoint_socket(b, listener, "listener", &sockets, &count);
		if (count == 0)
			return;
	}
	/* A listener that is several addresses makes several entries of the name. */
	for (size_t i = 0; i < count || i == 0; i++) {
		if (!build_grow(b, &c->aliases, c->alias_count, sizeof(alias)))
			return;
		if (sockets)
			alias.listener = sockets[i];
		const struct alias *same = find_alias(c, &alias);
		if (same) {
			build_warn(b, value, "this alias stands in line %u already", same->place.line);
			return;
		}
		c->aliases[c->alias_count++] = alias;
	}
}

void host_set_secret(struct build *b, struct word value)
{
	struct config *c = b->c;
	if (c->secret_count == 2) {
		build_error(
			b, value, "a third secret: two are accepted, the new one and the old one");
		return;
	}
	secret_check(b, value);
	char *copy = build_strdup(b, value);
	if (copy && c->secret_count && strcmp(copy, c->secrets[0]) == 0)
		build_warn(b, value, "the second secret is the first one again");
	c->secrets[c->secret_count++] = copy;
}

void host_set_no_route(struct build *b, struct word value)
{
	keys_choose(b, value, (const char *const[]){"pass", "fail", NULL}, &b->c->no_route);
}

void host_set_headers(struct build *b, struct word value)
{
	uint8_t keep;
	if (keys_choose(b, value, (const char *const[]){"rewrite", "keep", NULL}, &keep))
		b->c->headers_keep = keep;
}

void host_set_probe(struct build *b, struct word value)
{
	uint8_t ignore;
	if (keys_choose(b, value, (const char *const[]){"answer", "ignore", NULL}, &ignore))
		b->c->probe_ignore = ignore;
}

void host_set_header(struct build *b, struct word value)
{
	if (word_is(value, "off")) {
		b->c->header = NULL;
		return;
	}
	for (size_t i = 0; i < value.n; i++)
		if (!isalnum((unsigned char)value.s[i]) && !strchr("-.!%*_+`'~", value.s[i])) {
			build_error(b, (struct word){value.s + i, 1},
				"a header name has letters, digits and -.!%%*_+`'~ only: write "
				"header = X-Bond");
			return;
		}
	b->header = build_place(b, value);
	b->c->header = build_strdup(b, value);
}

void host_set_header_over_tls(struct build *b, struct word value)
{
	uint8_t trust;
	b->header_over_tls = build_place(b, value);
	if (keys_choose(b, value, (const char *const[]){"trust", NULL}, &trust))
		b->c->header_over_tls_trust = true;
}

void host_set_unknown(struct build *b, struct word value)
{
	keys_choose(b, value, (const char *const[]){"pass", "403", "drop", NULL}, &b->c->unknown);
}

bool host_choose_open(struct build *b, struct word value, uint8_t *way)
{
	uint8_t number;

	if (!keys_choose(b, value, (const char *const[]){"filter", "sk_lookup", NULL}, &number))
		return false;
	*way = (uint8_t)(number + OPEN_FILTER);
	return true;
}

void host_set_open(struct build *b, struct word value)
{
	host_choose_open(b, value, &b->c->open);
}

void host_set_server(struct build *b, struct word value)
{
	struct addr a;
	const char *percent = memchr(value.s, '%', value.n);
	const char *colon = memrchr(value.s, ':', value.n);
	if (percent || addr_parse(&a, value.s, value.n) || addr_is_any(&a)) {
		build_error(b, value,
			"\"%.*s\" is not the address of a DNS server: write ADDRESS or "
			"ADDRESS:PORT, with IPv6 in brackets%s",
			(int)value.n, value.s, percent ? " and without an interface" : "");
		return;
	}
	/* c-ares has no room for the interface that such an address needs */
	if (a.family == AF_INET6 && addr_scope(&a) == ADDR_LINK_LOCAL) {
		build_error(b, value,
			"\"%.*s\" is a link-local address, which cannot be asked: write another one "
			"of this server",
			(int)value.n, value.s);
		return;
	}
	bool has_port = colon && (colon == memchr(value.s, ':', value.n) || colon[-1] == ']');
	if (a.port == 0 && has_port) {
		struct word port = {colon + 1, (size_t)(value.s + value.n - colon) - 1};
		build_error(b, port,
			"\"%.*s\" is not a port: 1 to 65535; without one it is 53", (int)port.n,
			port.s);
		return;
	}
	b->c->dns_server = a;
}

static bool seconds(
	struct build *b, struct word value, uint32_t least, uint32_t most, uint32_t *out)
{
	struct word digits = value;
	if (digits.n > 1 && digits.s[digits.n - 1] == 's')
		digits = word_trim((struct word){digits.s, digits.n - 1});
	if (word_number(digits, most, out) && *out >= least)
		return true;
	build_error(b, value, "\"%.*s\" is not a time: write seconds, %u to %u", (int)value.n,
		value.s, least, most);
	return false;
}

void host_set_timeout(struct build *b, struct word value)
{
	uint32_t s;
	if (seconds(b, value, 1, 60, &s))
		b->c->dns_timeout = s;
}

void host_set_refresh(struct build *b, struct word value)
{
	uint32_t s;
	if (seconds(b, value, 1, 604800, &s))
		b->c->dns_refresh = s;
}
