/* SPDX-License-Identifier: MIT */
/* One `member =` of a bond: its endpoint and the words after it. Part of the load. */
#include "keys.h"

struct options {
	struct word as, device;
	bool as_seen, device_seen, open_seen;
	uint8_t open;
};

static void repeated(struct build *b, struct word w)
{
	build_error(b, w, "\"%.*s\" stands twice: leave one out", (int)w.n, w.s);
}

/* Takes "=WAY" after "open", with or without blanks, out of *rest; false: it does not follow. */
static bool take_way(struct word *w, struct word *rest, struct word *way)
{
	const char *equals = memchr(w->s, '=', w->n);
	struct word after = word_trim(*rest);

	if (equals) {
		*way = (struct word){equals + 1, w->n - (size_t)(equals + 1 - w->s)};
		w->n = (size_t)(equals - w->s);
	} else if (after.n && *after.s == '=') {
		*rest = (struct word){after.s + 1, after.n - 1};
		*way = (struct word){rest->s, 0};
	} else {
		return false;
	}
	if (!way->n)
		word_next(rest, way);
	return true;
}

/* "open", "open=filter", "open=sk_lookup". */
static bool parse_open(struct build *b, struct word *w, struct word *rest, struct options *o)
{
	struct word whole = *w, way;

	o->open = OPEN_ANY;
	if (!take_way(w, rest, &way))
		return true;
	if (way.n)
		return host_choose_open(b, way, &o->open);
	build_error(b, whole, "nothing after \"open=\": write open, open=filter or open=sk_lookup");
	return false;
}

static bool is_open(struct word w)
{
	return word_is(w, "open") || (w.n >= 5 && word_is((struct word){w.s, 5}, "open="));
}

/* The words after the endpoint, in any order. */
static bool parse_options(struct build *b, struct word rest, struct options *o)
{
	char buf[DID_YOU_MEAN_MAX];
	struct word w;
	while (word_next(&rest, &w)) {
		struct suggest s;
		bool *seen = NULL;
		if (word_is(w, "as"))
			seen = &o->as_seen;
		else if (word_is(w, "device"))
			seen = &o->device_seen;
		else if (is_open(w))
			seen = &o->open_seen;
		if (!seen) {
			suggest_start(&s, w.s, w.n);
			suggest_offer(&s, "as");
			suggest_offer(&s, "device");
			suggest_offer(&s, "open");
			build_error(b, w, "unknown word \"%.*s\" after a member%s", (int)w.n, w.s,
				s.best ? did_you_mean(&s, buf)
				       : ": only \"as HOST[:PORT]\", \"device INTERFACE\" and "
					 "\"open\" may follow");
			return false;
		}
		if (*seen) {
			repeated(b, w);
			return false;
		}
		*seen = true;
		if (seen == &o->open_seen) {
			if (!parse_open(b, &w, &rest, o))
				return false;
			continue;
		}
		if (!word_next(&rest, seen == &o->as_seen ? &o->as : &o->device)) {
			build_error(b, w,
				seen == &o->as_seen
					? "no name after \"as\": write as HOST[:PORT]"
					: "no interface after \"device\": write device INTERFACE");
			return false;
		}
	}
	return true;
}

static void check_device(struct build *b, struct word w, struct member *m)
{
	char buf[DID_YOU_MEAN_MAX];
	struct suggest s;
	if (w.n == 0)
		return;
	if (w.n >= sizeof(m->device) || memchr(w.s, '/', w.n)) {
		build_error(b, w,
			"\"%.*s\" is no name of an interface: at most %zu characters, no '/'",
			(int)w.n, w.s, sizeof(m->device) - 1);
		return;
	}
	memcpy(m->device, w.s, w.n);
	m->device_index = expand_index_meant(&b->expand, w.s, w.n);
	for (size_t i = 0; b->former && !m->device_index && i < b->former->member_count; i++)
		if (strcmp(b->former->members[i].device, m->device) == 0)
			m->device_index = b->former->members[i].device_index; /* nothing leaves by it */
	if (m->device_index)
		return;
	suggest_start(&s, w.s, w.n);
	expand_suggest(&b->expand, &s);
	build_absent(b, w, "there is no interface \"%.*s\" on this machine now%s", (int)w.n, w.s,
		did_you_mean(&s, buf));
}

/* Multicast, broadcast and wildcard addresses are nothing that a peer can see as a source. */
static bool is_source(const struct addr *a)
{
	if (addr_is_any(a))
		return false;
	return a->family == AF_INET ? a->ip[12] < 224 && a->ip[12] != 0 : a->ip[0] != 0xff;
}

static const struct member *find_member(
	const struct config *c, uint32_t first, const struct member *m)
{
	for (uint32_t i = first; i < c->member_count; i++)
		if (c->members[i].transport == m->transport &&
			addr_equal(&c->members[i].addr, &m->addr) &&
			c->members[i].addr.scope == m->addr.scope)
			return &c->members[i];
	return NULL;
}

static void append(struct build *b, struct word value, struct member m)
{
	struct config *c = b->c;
	struct bond *bond = &c->bonds[c->bond_count - 1];
	const struct member *same = find_member(c, bond->first_member, &m);
	if (same) {
		char text[ADDR_TEXT_MAX];
		expand_print(&m.addr, text);
		build_warn(b, value,
			"%s:%s is a member of this bond already (line %u): left out here",
			transport_names[m.transport], text, same->place.line);
		return;
	}
	if (!build_grow(b, &c->members, c->member_count, sizeof(m)))
		return;
	c->members[c->member_count++] = m;
	bond->member_count++;
}

void member_add(struct build *b, struct word value)
{
	struct config *c = b->c;
	struct options o = {0};
	struct endpoint e;
	struct word rest = value, w, as_host = {0};
	struct member m = {.bond = (uint16_t)(c->bond_count - 1), .place = build_place(b, value)};
	size_t errors = b->f->error_count;
	const char *comma = memchr(value.s, ',', value.n);
	if (comma) {
		build_error(b, (struct word){comma, 1},
			"one member a line: write a second `member =` for what follows the comma");
		return;
	}
	word_next(&rest, &w);
	bool options = parse_options(b, rest, &o);
	if (options)
		check_device(b, o.device, &m);
	if (!endpoint_parse(b, w, "member", o.device, &e) || !options)
		return;
	if (o.open && e.transport == TRANSPORT_SCTP) {
		build_error(b, w, "a member of sctp cannot be opened: leave `open` out");
		return;
	}
	if (o.as.n && !endpoint_name(b, o.as, "name to write in messages", &as_host, &m.as_port))
		return;
	for (size_t i = 0; i < b->expand.count; i++)
		if (!is_source(&b->expand.found[i])) {
			char text[ADDR_TEXT_MAX];
			addr_print_host(&b->expand.found[i], text);
			build_error(b, e.host,
				"%s is no address that a peer can see: write an address of "
				"this machine, or an interface for all of its addresses",
				text);
		}
	m.written = build_strdup(b, value);
	if (as_host.n)
		m.as_host = build_strdup(b, as_host);
	if (b->f->error_count != errors || b->no_memory)
		return;
	m.transport = (uint8_t)e.transport;
	m.open = o.open;
	m.from_interface = e.from_interface;
	for (size_t i = 0; i < b->expand.count; i++) {
		m.addr = b->expand.found[i];
		m.addr.port = e.port;
		append(b, value, m);
	}
}
