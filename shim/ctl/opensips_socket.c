/* SPDX-License-Identifier: MIT */
/* A member of a bond is written as a string of its own; what it means is looked up among the sockets as OpenSIPS does
 * it: by address, else by the name that was written. */
#include "opensips_socket.h"

#include <stdlib.h>
#include <strings.h>

static bool is_hex(struct token t)
{
	for (size_t i = 0; i < t.n; i++)
		if (!strchr("0123456789abcdefABCDEF", t.s[i]))
			return false;
	return t.kind == TOKEN_WORD;
}

/* [2001:db8::1], or the same without brackets; false: it does not begin here. */
static bool read_ipv6(struct tokens *t, char *host)
{
	struct tokens at = *t;
	struct token first = opensips_next(&at);
	bool bracket = opensips_is_sign(first, '[');
	struct tokens end = bracket ? at : *t;
	char text[OPENSIPS_NAME_MAX] = "";
	int colons = 0;

	for (struct tokens next = end;; end = next) {
		struct token part = opensips_next(&next);
		if (!(opensips_is_sign(part, ':') || is_hex(part) || (part.kind == TOKEN_WORD && colons > 1)) ||
			(part.spaced && *text) || strlen(text) + part.n >= sizeof(text))
			break;
		colons += opensips_is_sign(part, ':');
		strncat(text, part.s, part.n);
	}
	if (opensips_family(text) != AF_INET6)
		return false;
	if (bracket && !opensips_is_sign(opensips_next(&end), ']'))
		return false;
	snprintf(host, OPENSIPS_NAME_MAX, "%s", text);
	*t = end;
	return true;
}

/* A host behind "TRANSPORT:" or "as". */
static bool read_host(struct tokens *t, char *host)
{
	struct tokens before = *t;

	if (read_ipv6(t, host))
		return true;
	struct token w = opensips_next(t);
	if (w.kind == TOKEN_WORD || w.kind == TOKEN_STRING || opensips_is_sign(w, '*')) {
		bool bracket = w.n > 2 && w.s[0] == '[' && w.s[w.n - 1] == ']';
		snprintf(host, OPENSIPS_NAME_MAX, "%.*s", (int)(w.n - 2 * bracket), w.s + bracket);
		return w.n > 0;
	}
	*t = before;
	return false;
}

static bool number(const char *s, size_t n, uint16_t *value)
{
	unsigned long v = 0;

	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9' || v > UINT16_MAX)
			return false;
		v = v * 10 + (unsigned long)(s[i] - '0');
	}
	*value = (uint16_t)v;
	return n && v && v <= UINT16_MAX;
}

bool opensips_port_read(struct tokens *t, uint16_t *port)
{
	struct token w = opensips_next(t);

	return w.kind == TOKEN_WORD && number(w.s, w.n, port);
}

#define SOCKETS_MAX 4096 /* a range of ports is many */

struct ports {
	struct { uint16_t first, last; } ranges[16];
	size_t count;
};

/* "5060", "5060-5064", with blanks around the minus or without: what it is written as, without them. */
static bool take_range(struct tokens *t, char *text, size_t size)
{
	struct tokens before = *t;

	for (size_t n = 0;; before = *t) {
		struct token w = opensips_next(t);
		bool word = w.kind == TOKEN_WORD, goes_on = word && n && (text[n - 1] == '-' || *w.s == '-');
		if (!word || (n && !goes_on)) {
			*t = before;
			return n;
		}
		if (n + w.n >= size)
			return false;
		memcpy(text + n, w.s, w.n);
		text[n += w.n] = 0;
	}
}

/* "5060", "5060-5064", "5060,5080 - 5082" behind a colon. False: it is none. */
static bool read_ports(struct tokens *t, struct ports *p)
{
	for (;;) {
		char text[24];
		uint16_t first, last;
		if (!take_range(t, text, sizeof(text)) || p->count == 16)
			return false;
		size_t n = strcspn(text, "-");
		if (!number(text, n, &first))
			return false;
		last = first;
		if (text[n] && (!number(text + n + 1, strlen(text + n + 1), &last) || last < first))
			return false;
		p->ranges[p->count].first = first;
		p->ranges[p->count++].last = last;
		struct tokens before = *t;
		if (!opensips_is_sign(opensips_next(t), ',')) {
			*t = before;
			return true;
		}
	}
}

static bool take_colon(struct tokens *t)
{
	struct tokens before = *t;

	if (opensips_is_sign(opensips_next(t), ':'))
		return true;
	*t = before;
	return false;
}

/* Words that say how OpenSIPS itself works on a socket, and have a value or none. */
static const struct {
	const char *name;
	bool value;
} own[] = {{"use_workers", true}, {"use_auto_scaling_profile", true}, {"tos", true}, {"tag", true}, {"anycast", false},
	{"frag", false}, {"reuse_port", false}, {"accept_subdomain", false}};

static bool is_proxy(struct token t)
{
	return (t.n >= 5 && t.kind == TOKEN_WORD && memmem(t.s, t.n, "proxy", 5)) || opensips_is(t, "PROXY");
}

/* All words behind the socket; what is none of them is left. */
static void read_words(struct opensips *o, struct tokens *t, struct opensips_socket *s)
{
	for (;;) {
		struct tokens before = *t;
		struct token w = opensips_next(t);
		struct ports p = {.count = 0};
		size_t i = 0;
		while (i < sizeof(own) / sizeof(own[0]) && !opensips_is(w, own[i].name))
			i++;
		if (i < sizeof(own) / sizeof(own[0])) {
			if (own[i].value)
				opensips_next(t);
		} else if (opensips_is(w, "as")) {
			if (!read_host(t, s->as) || (take_colon(t) && !read_ports(t, &p)))
				opensips_complain(o, s->line, "the name behind \"as\" is not understood");
			s->as_port = p.count ? p.ranges[0].first : 0;
			if (*s->as && !opensips_is_host(s->as)) {
				opensips_complain(o, s->line, "\"%s\", the name behind \"as\", is none: it is left out", s->as);
				*s->as = 0;
			}
		} else if (is_proxy(w)) {
			opensips_complain(o, s->line, "%.*s: what goes by this socket begins with no SIP message, and is not edited",
				(int)w.n, w.s);
		} else {
			*t = before;
			return;
		}
	}
}

static bool same_host(const char *a, const char *b)
{
	struct addr x, y;

	if (addr_parse(&x, a, strlen(a)) == 0 && addr_parse(&y, b, strlen(b)) == 0)
		return addr_same_host(&x, &y);
	return strcasecmp(a, b) == 0;
}

static bool is_there(const struct opensips *o, const struct opensips_socket *s, uint32_t port)
{
	for (size_t i = 0; i < o->socket_count; i++)
		if (o->sockets[i].transport == s->transport && o->sockets[i].port == port && same_host(o->sockets[i].host, s->host))
			return true;
	return false;
}

/* Adds the one that was read, for each of its ports. */
static void add_sockets(struct opensips *o, const struct opensips_socket *s, const struct ports *p)
{
	for (size_t i = 0; i < p->count; i++)
		for (uint32_t port = p->ranges[i].first; port <= p->ranges[i].last; port++) {
			if (o->socket_count == SOCKETS_MAX) {
				opensips_complain(o, s->line, "more than %d sockets: the rest is left out", SOCKETS_MAX);
				return;
			}
			if (is_there(o, s, port))
				continue;
			struct opensips_socket *one = opensips_grow(o, &o->sockets, &o->socket_count, sizeof(*one));
			if (!one)
				return;
			*one = *s;
			one->port = (uint16_t)port;
		}
}

static void add_written(struct opensips *o, struct token t, size_t bond)
{
	struct opensips_bond *b = &o->bonds[bond];
	size_t n = b->written ? strlen(b->written) : 0;
	char *more = realloc(b->written, n + t.n + 2);

	if (!more) {
		o->no_memory = true;
		return;
	}
	memcpy(more + n, t.s, t.n);
	memcpy(more + n + t.n, "\n", 2);
	b->written = more;
}

/* NAME { "MEMBER", ... } */
static void read_bond(struct opensips *o, struct tokens *t, uint32_t line)
{
	struct token name = opensips_next(t), w = opensips_next(t);

	if (name.kind != TOKEN_WORD || !opensips_is_sign(w, '{')) {
		opensips_complain(o, line, "this bond is not understood: socket=bond:NAME {\"MEMBER\", ...}");
		return;
	}
	char text[OPENSIPS_NAME_MAX];
	snprintf(text, sizeof(text), "%.*s", (int)name.n, name.s);
	const struct opensips_bond *before = opensips_find_bond(o, text);
	if (before) {
		uint32_t first = before->line;
		const char *file = opensips_place(o, &first);
		opensips_complain(o, line, "bond %s is there already, in line %u%s%s: this one is left out", text, first,
			strcmp(file, o->file) == 0 ? "" : " of ", strcmp(file, o->file) == 0 ? "" : file);
		while (w.kind != TOKEN_END && !opensips_is_sign(w, '}'))
			w = opensips_next(t);
		return;
	}
	struct opensips_bond *b = opensips_grow(o, &o->bonds, &o->bond_count, sizeof(*b));
	if (!b)
		return;
	snprintf(b->name, sizeof(b->name), "%.*s", (int)name.n, name.s);
	b->line = line;
	while ((w = opensips_next(t)).kind != TOKEN_END && !opensips_is_sign(w, '}') && !o->no_memory) {
		if (w.kind == TOKEN_STRING)
			add_written(o, w, o->bond_count - 1);
		else if (!opensips_is_sign(w, ','))
			opensips_complain(o, w.line, "bond %s: \"%.*s\" is no member, which stand in quotes", b->name, (int)w.n, w.s);
	}
}

/* By which no SIP goes. */
static bool is_of_others(struct token t)
{
	static const char *const names[] = {"hep_udp", "hep_tcp", "hep_tls", "bin", "bins", "smpp", "msrp", "msrps"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (opensips_is(t, names[i]))
			return true;
	return false;
}

static bool is_all_addresses(const char *host)
{
	struct addr a;

	return addr_parse(&a, host, strlen(host)) == 0 && addr_is_any(&a);
}

static void read_socket(struct opensips *o, struct tokens *t, uint32_t line)
{
	struct opensips_socket s = {.line = line};
	struct ports p = {.count = 0};
	struct token proto = opensips_next(t);

	if (!take_colon(t)) {
		opensips_complain(o, line, "this socket has no transport: write udp: or another before its address");
		return;
	}
	if (opensips_is(proto, "bond")) {
		read_bond(o, t, line);
		return;
	}
	s.transport = proto.kind == TOKEN_WORD ? transport_parse(proto.s, proto.n) : TRANSPORT_NONE;
	bool good = read_host(t, s.host) && (!take_colon(t) || read_ports(t, &p));
	if (!good) {
		opensips_complain(o, line, "the address of this socket is not understood");
		return;
	}
	read_words(o, t, &s);
	if (s.transport == TRANSPORT_NONE) {
		if (!is_of_others(proto))
			opensips_complain(o, line, "\"%.*s\" is no transport: write udp: or another before the address", (int)proto.n,
				proto.s);
		return;
	}
	if (is_all_addresses(s.host))
		strcpy(s.host, "*");
	if (strcmp(s.host, "*") != 0 && !opensips_is_host(s.host)) {
		opensips_complain(o, line, "\"%s\" is no address and no name: this socket is left out", s.host);
		return;
	}
	if (!p.count) {
		p.count = 1;
		p.ranges[0].first = p.ranges[0].last = transport_default_port(s.transport);
	}
	add_sockets(o, &s, &p);
}

/* What stands behind it on its line: another one, as before 2.0, or nothing that is known. */
void opensips_socket_read(struct opensips *o, struct tokens *t, uint32_t line)
{
	for (bool more = true; more;) {
		read_socket(o, t, line);
		struct tokens before = *t;
		struct token next = opensips_next(t), behind = opensips_next(t);
		*t = before;
		if (next.line != line || (next.kind != TOKEN_WORD && next.kind != TOKEN_STRING))
			return;
		more = next.kind == TOKEN_WORD && transport_parse(next.s, next.n) != TRANSPORT_NONE && opensips_is_sign(behind, ':');
		if (!more && (behind.kind != TOKEN_SIGN || !strchr("={[(", *behind.s)))
			opensips_complain(o, line, "\"%.*s\" behind this socket is not understood", (int)next.n, next.s);
	}
}

/* "TRANSPORT:" or "any:" in front of a name; false: it has none. */
static bool take_transport(struct tokens *t)
{
	struct tokens before = *t;
	struct token w = opensips_next(t);
	bool is = opensips_is(w, "any") || (w.kind == TOKEN_WORD && transport_parse(w.s, w.n) != TRANSPORT_NONE);

	if (is && take_colon(t))
		return true;
	*t = before;
	return false;
}

/* "HOST:PORT" may stand in one string. */
static void split_port(struct opensips_alias *a)
{
	char *colon = strrchr(a->name, ':');

	if (colon && !opensips_family(a->name) && number(colon + 1, strlen(colon + 1), &a->port))
		*colon = 0;
}

void opensips_alias_read(struct opensips *o, struct tokens *t, uint32_t line, bool advertised)
{
	for (uint32_t same = line; same == line;) {
		struct ports p = {.count = 0};
		struct opensips_alias a = {.port = 0}, *added;
		take_transport(t);
		if (!read_host(t, a.name) || (take_colon(t) && !read_ports(t, &p))) {
			opensips_complain(o, line, "this name of the host is not understood");
			return;
		}
		a.port = p.count ? p.ranges[0].first : 0;
		a.advertised = advertised;
		split_port(&a);
		if (!opensips_is_host(a.name)) {
			opensips_complain(o, line, "\"%s\" is no name of the host: it is left out", a.name);
			return;
		}
		added = opensips_grow(o, &o->aliases, &o->alias_count, sizeof(*added));
		if (!added)
			return;
		*added = a;
		struct tokens before = *t;
		struct token next = opensips_next(t);
		if (opensips_is(next, "accept_subdomain")) {
			before = *t;
			next = opensips_next(t);
		}
		*t = before;
		same = next.kind == TOKEN_WORD || next.kind == TOKEN_STRING ? next.line : 0;
	}
}

/* ---- what members of bonds mean ---- */

static void add_member(struct opensips *o, struct opensips_bond *b, size_t socket)
{
	for (size_t i = 0; i < b->member_count; i++)
		if (b->members[i] == socket)
			return;
	size_t *member = opensips_grow(o, &b->members, &b->member_count, sizeof(*member));
	if (member)
		*member = socket;
}

/* A member without port is a socket of its transport's own. */
static void find_member(struct opensips *o, struct opensips_bond *b, const char *text, size_t n)
{
	struct tokens t = {.at = text, .end = text + n, .line = b->line};
	struct opensips_socket m = {.line = b->line};
	struct ports p = {.count = 0};
	struct token proto = opensips_next(&t);
	size_t found = b->member_count;

	m.transport = proto.kind == TOKEN_WORD ? transport_parse(proto.s, proto.n) : TRANSPORT_NONE;
	if (m.transport == TRANSPORT_NONE || !take_colon(&t) || !read_host(&t, m.host) ||
		(take_colon(&t) && !read_ports(&t, &p))) {
		opensips_complain(o, b->line, "bond %s: \"%.*s\" is no socket of SIP: it is left out", b->name, (int)n, text);
		return;
	}
	if (is_all_addresses(m.host))
		strcpy(m.host, "*");
	m.port = p.count ? p.ranges[0].first : transport_default_port(m.transport);
	for (size_t i = 0; i < o->socket_count; i++) {
		const struct opensips_socket *s = &o->sockets[i];
		if (s->transport == m.transport && s->port == m.port && same_host(s->host, m.host))
			add_member(o, b, i);
	}
	if (b->member_count == found)
		opensips_complain(o, b->line, "bond %s: %.*s is none of the sockets of this file, and is left out, as OpenSIPS does",
			b->name, (int)n, text);
}

void opensips_bonds_finish(struct opensips *o)
{
	for (size_t i = 0; i < o->bond_count; i++) {
		struct opensips_bond *b = &o->bonds[i];
		char *at = b->written, *end;
		for (; at && !o->no_memory && (end = strchr(at, '\n')); at = end + 1)
			find_member(o, b, at, (size_t)(end - at));
		if (!b->member_count && !o->no_memory)
			opensips_complain(o, b->line, "bond %s has no member: OpenSIPS does not start with it", b->name);
	}
}
