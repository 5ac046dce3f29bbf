/* SPDX-License-Identifier: MIT */
/* The items of a route's `to`: addresses, prefixes, domains; and the words they share with
 * members. Part of the load. */
#include "build.h"

#include <ctype.h>

#define DOMAIN_MAX 253 /* RFC 1035 2.3.4, in text without the final dot */
#define LABEL_MAX 63

bool word_is_numeric(struct word w)
{
	for (size_t i = 0; i < w.n; i++)
		if (w.s[i] != '.' && !isdigit((unsigned char)w.s[i]))
			return false;
	return w.n > 0;
}

const char *domain_fault(struct word w)
{
	size_t label = 0;
	bool digits = true;
	if (w.n && w.s[w.n - 1] == '.')
		w.n--;
	if (w.n == 0)
		return "it is empty";
	if (w.n > DOMAIN_MAX)
		return "it is longer than 253 characters";
	for (size_t i = 0; i <= w.n; i++) {
		unsigned char ch = i < w.n ? (unsigned char)w.s[i] : '.';
		if (ch == '.') {
			if (label == 0)
				return "a part between dots is empty";
			if (label > LABEL_MAX)
				return "a part between dots is longer than 63 characters";
			if (w.s[i - 1] == '-')
				return "a part between dots ends with '-'";
			if (i < w.n)
				digits = true;
			label = 0;
			continue;
		}
		if (ch >= 0x80)
			return "write names that are not ASCII in their xn-- form";
		if (!isalnum(ch) && ch != '-' && ch != '_')
			return "a name has only letters, digits, '-', '_' and dots";
		if (ch == '-' && label == 0)
			return "a part between dots begins with '-'";
		digits = digits && isdigit(ch);
		label++;
	}
	return digits ? "its last part is a number" : NULL;
}

/* Replaces the interface's name after '%', which addr_parse() does not know, by its number. */
static bool scoped_parse(struct build *b, struct word w, const char *percent, struct addr *a)
{
	char buf[DID_YOU_MEAN_MAX];
	struct word name = {percent + 1, w.n - (size_t)(percent + 1 - w.s)};
	uint32_t index = expand_index_meant(&b->expand, name.s, name.n);
	if (!index)
		word_number(name, INT32_MAX, &index);
	if (addr_parse(a, w.s, (size_t)(percent - w.s)) || a->family != AF_INET6 || a->port) {
		build_error(b, w, "\"%.*s\" is not an IPv6 address", (int)w.n, w.s);
		return false;
	}
	if (addr_scope(a) != ADDR_LINK_LOCAL) {
		build_error(b, name,
			"only a link-local address has an interface: leave \"%%%.*s\" out",
			(int)name.n, name.s);
		return false;
	}
	if (!index) {
		struct suggest s;
		suggest_start(&s, name.s, name.n);
		expand_suggest(&b->expand, &s);
		build_absent(b, name, "there is no interface \"%.*s\" on this machine%s",
			(int)name.n, name.s, did_you_mean(&s, buf));
		return false;
	}
	a->scope = index;
	return true;
}

bool address_parse(struct build *b, struct word w, struct addr *a)
{
	const char *percent = memchr(w.s, '%', w.n);
	if (percent)
		return scoped_parse(b, w, percent, a);
	if (addr_parse(a, w.s, w.n) == 0 && a->port == 0 && w.s[0] != '[')
		return true;
	build_error(b, w, "\"%.*s\" is not an %s address", (int)w.n, w.s,
		memchr(w.s, ':', w.n) ? "IPv6" : "IPv4");
	return false;
}

/* FNV-1a; such numbers are summed up. */
static uint64_t hash_target(const struct target *t)
{
	uint64_t hash = 0xcbf29ce484222325;
	const uint32_t scalars[] = {t->kind, t->port, t->prefix.bits, t->prefix.addr.scope};
	const unsigned char *parts[] = {(const unsigned char *)scalars, t->prefix.addr.ip};
	const size_t sizes[] = {sizeof(scalars), sizeof(t->prefix.addr.ip)};

	for (int part = 0; part < 2; part++) {
		for (size_t i = 0; i < sizes[part]; i++)
			hash = (hash ^ parts[part][i]) * 0x100000001b3;
	}
	for (const char *s = t->domain; s && *s; s++)
		hash = (hash ^ (unsigned char)*s) * 0x100000001b3;
	return hash;
}

static void add_target(struct build *b, struct word w, struct target t)
{
	struct config *c = b->c;
	t.route = (uint16_t)(c->route_count - 1);
	t.place = build_place(b, w);
	if (t.kind == TARGET_PREFIX && t.prefix.bits == 128 && addr_is_any(&t.prefix.addr))
		build_warn(b, w, "no traffic goes to this address: for all addresses write %.*s/0",
			(int)w.n, w.s);
	if (!build_grow(b, &c->targets, c->target_count, sizeof(t)))
		return;
	c->targets[c->target_count++] = t;
	c->routes[t.route].to_count++;
	c->routes[t.route].to_hash += hash_target(&t);
}

static void add_prefix(struct build *b, struct word w, const char *slash)
{
	struct target t = {.kind = TARGET_PREFIX};
	struct word host = {w.s, (size_t)(slash - w.s)};
	struct word length = {slash + 1, w.n - host.n - 1};
	struct prefix whole;
	uint32_t bits;
	if (prefix_parse(&whole, host.s, host.n)) {
		build_error(b, host,
			"\"%.*s\" is not an address: a prefix is ADDRESS/LENGTH, as in "
			"203.0.113.0/24 or 2001:db8::/32",
			(int)host.n, host.s);
		return;
	}
	if (prefix_parse(&t.prefix, w.s, w.n)) {
		bool v6 = memchr(host.s, ':', host.n) != NULL;
		const char *colon = memchr(length.s, ':', length.n);
		if (colon && word_number((struct word){length.s, (size_t)(colon - length.s)}, 128,
				     &bits))
			build_error(b, (struct word){colon, length.n - (size_t)(colon - length.s)},
				"a prefix has no port: write ADDRESS:PORT, or the prefix alone");
		else
			build_error(b, length, "\"%.*s\" is not a prefix length: IPv%d has 0 to %d",
				(int)length.n, length.s, v6 ? 6 : 4, v6 ? 128 : 32);
		return;
	}
	if (!addr_same_host(&t.prefix.addr, &whole.addr)) {
		char buf[ADDR_TEXT_MAX];
		addr_print_host(&t.prefix.addr, buf);
		build_warn(b, w, "the address has bits beyond /%.*s: taken as %s/%.*s",
			(int)length.n, length.s, buf, (int)length.n, length.s);
	}
	add_target(b, w, t);
}

/* Cuts ":PORT" off; false if there is one that is not a port. */
static bool cut_port(struct build *b, struct word *w, uint16_t *port)
{
	const char *colon = memchr(w->s, ':', w->n);
	uint32_t number = 0;
	if (!colon)
		return true;
	struct word digits = {colon + 1, w->n - (size_t)(colon + 1 - w->s)};
	if (!word_number(digits, UINT16_MAX, &number) || number == 0) {
		build_error(b, digits.n ? digits : *w, "\"%.*s\" is not a port: 1 to 65535",
			(int)digits.n, digits.s);
		return false;
	}
	w->n = (size_t)(colon - w->s);
	*port = (uint16_t)number;
	return true;
}

static void add_bracketed(struct build *b, struct word w)
{
	struct target t = {.kind = TARGET_PREFIX, .prefix.bits = 128};
	const char *close = memchr(w.s, ']', w.n);
	if (!close) {
		build_error(b, w, "the '[' has no ']': write [2001:db8::1] or [2001:db8::1]:5060");
		return;
	}
	struct word host = {w.s + 1, (size_t)(close - w.s) - 1};
	struct word rest = {close + 1, w.n - host.n - 2};
	if (rest.n && rest.s[0] != ':') {
		build_error(b, rest, "\"%.*s\" after ']': only :PORT may stand there", (int)rest.n,
			rest.s);
		return;
	}
	if (!memchr(host.s, ':', host.n)) {
		build_error(b, w, "only IPv6 addresses stand in brackets");
		return;
	}
	if (address_parse(b, host, &t.prefix.addr) && cut_port(b, &rest, &t.port))
		add_target(b, w, t);
}

static void add_domain(struct build *b, struct word w, struct word item, uint16_t port)
{
	struct target t = {.kind = TARGET_DOMAIN, .port = port};
	if (w.n >= 2 && w.s[0] == '*' && w.s[1] == '.') {
		t.kind = TARGET_WILDCARD;
		w.s += 2;
		w.n -= 2;
	} else if (w.n && w.s[0] == '*') {
		build_error(b, item,
			w.n == 1 ? "leave `to` out for a route to anywhere"
				 : "a '*' stands only in front: write *.example.com");
		return;
	}
	if (w.n && w.s[0] == '_' && habit_service(b, item))
		return;
	const char *fault = domain_fault(w);
	if (fault) {
		build_error(b, item, "\"%.*s\" is neither an address nor a domain: %s", (int)item.n,
			item.s, fault);
		return;
	}
	if (w.s[w.n - 1] == '.')
		w.n--;
	char *domain = build_strdup(b, w);
	for (char *p = domain; p && *p; p++)
		*p = (char)tolower((unsigned char)*p);
	t.domain = domain;
	if (domain)
		add_target(b, item, t);
}

/* "sip:host" or "udp:host": what stands before the colon is no part of a destination. */
static bool has_scheme(struct build *b, struct word w)
{
	const char *colon = memchr(w.s, ':', w.n);
	struct word scheme = {w.s, colon ? (size_t)(colon - w.s) : 0};
	if (!colon)
		return false;
	if (word_is(scheme, "sip") || word_is(scheme, "sips")) {
		build_error(b, w, "a destination is a host, not a URI: leave \"%.*s:\" out",
			(int)scheme.n, scheme.s);
		return true;
	}
	if (transport_parse(scheme.s, scheme.n) != TRANSPORT_NONE) {
		build_error(b, w,
			"a destination has no transport: leave \"%.*s:\" out, and write "
			"`transport = %.*s` where neither port nor route tells it",
			(int)scheme.n, scheme.s, (int)scheme.n, scheme.s);
		return true;
	}
	return false;
}

/* What is a prefix or an address to somebody else, but not here. */
static bool is_foreign(struct build *b, struct word w)
{
	struct prefix p;
	return prefix_parse(&p, w.s, w.n) != 0 && habit_target(b, w);
}

void target_add(struct build *b, struct word w)
{
	struct target t = {.kind = TARGET_PREFIX, .prefix.bits = 128};
	const char *slash = memchr(w.s, '/', w.n), *colon = memchr(w.s, ':', w.n);
	struct word host = w;
	if (is_foreign(b, w))
		return;
	for (size_t i = 0; i < w.n; i++)
		if (w.s[i] == ' ' || w.s[i] == '\t') {
			build_error(b, w, "\"%.*s\" has a blank: separate destinations by commas",
				(int)w.n, w.s);
			return;
		}
	if (has_scheme(b, w))
		return;
	if (slash) {
		add_prefix(b, w, slash);
	} else if (w.s[0] == '[') {
		add_bracketed(b, w);
	} else if (colon && memchr(colon + 1, ':', w.n - (size_t)(colon + 1 - w.s))) {
		struct addr a;
		if (addr_parse(&a, w.s, w.n) != 0 && habit_port_beyond(b, w))
			return;
		if (address_parse(b, w, &t.prefix.addr)) {
			habit_port(b, w);
			add_target(b, w, t);
		}
	} else if (cut_port(b, &host, &t.port)) {
		if (!word_is_numeric(host))
			add_domain(b, host, w, t.port);
		else if (address_parse(b, host, &t.prefix.addr))
			add_target(b, w, t);
	}
}

void target_list(struct build *b, struct word value)
{
	struct word item;
	while (word_next_item(b, &value, &item)) {
		if (item.s[0] == '@')
			listed_add(b, item);
		else if (!b->wanted)
			target_add(b, item);
	}
	if (b->c->route_count)
		b->c->routes[b->c->route_count - 1].has_to = true;
}
