/* SPDX-License-Identifier: MIT */
/* One table of all keys. A key that stands once overwrites a field, others append. */
#include "keys.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

struct key {
	const char *name;
	enum section section;
	bool repeat;
	void (*set)(struct build *b, struct word value);
};

static const char *const section_names[] = {[SECTION_NONE] = "",
	[SECTION_BAD] = "",
	[SECTION_BOND] = "bond",
	[SECTION_ROUTE] = "route",
	[SECTION_HOST] = "host",
	[SECTION_DNS] = "dns"};
static const char *const section_forms[] = {[SECTION_NONE] = "",
	[SECTION_BAD] = "",
	[SECTION_BOND] = "[bond:NAME]",
	[SECTION_ROUTE] = "[route:NAME]",
	[SECTION_HOST] = "[host]",
	[SECTION_DNS] = "[dns]"};

static struct bond *last_bond(struct build *b)
{
	return &b->c->bonds[b->c->bond_count - 1];
}

static struct route *last_route(struct build *b)
{
	return &b->c->routes[b->c->route_count - 1];
}

static void set_no_member(struct build *b, struct word value)
{
	keys_choose(
		b, value, (const char *const[]){"fail", "pass", NULL}, &last_bond(b)->no_member);
}

static void set_source_port(struct build *b, struct word value)
{
	keys_choose(
		b, value, (const char *const[]){"any", "member", NULL}, &last_bond(b)->source_port);
}

static void set_open(struct build *b, struct word value)
{
	host_choose_open(b, value, &last_bond(b)->open);
}

static bool add_reference(struct build *b, struct word w, bool from)
{
	size_t n = b->reference_count;
	if (n == 0 || (n >= 16 && (n & (n - 1)) == 0)) {
		void *bigger = realloc(b->references, (n ? n * 2 : 16) * sizeof(*b->references));
		if (!bigger) {
			b->no_memory = true;
			return false;
		}
		b->references = bigger;
	}
	b->references[b->reference_count++] = (struct reference){
		w.s, (uint32_t)w.n, (uint16_t)(b->c->route_count - 1), from, build_place(b, w)};
	return true;
}

static void set_from(struct build *b, struct word value)
{
	struct route *r = last_route(b);
	struct word item;
	while (word_next_item(b, &value, &item)) {
		if (!build_grow(b, &r->from, r->from_count, sizeof(*r->from)) ||
			!add_reference(b, item, true))
			return;
		r->from[r->from_count++] = MODEL_NONE;
	}
}

static void set_bond(struct build *b, struct word value)
{
	if (!word_is(value, "none"))
		add_reference(b, value, false);
}

static void set_socket(struct build *b, struct word value)
{
	struct route *r = last_route(b);
	struct word item;
	while (word_next_item(b, &value, &item))
		endpoint_socket(b, item, "socket", &r->sockets, &r->socket_count);
}

static void set_transport(struct build *b, struct word value)
{
	uint8_t number;
	if (keys_choose(b, value,
		    (const char *const[]){"udp", "tcp", "tls", "ws", "wss", "sctp", NULL}, &number))
		last_route(b)->transport = (uint8_t)(number + TRANSPORT_UDP);
}

static const struct key table[] = {
	{"member", SECTION_BOND, true, member_add},
	{"no-member", SECTION_BOND, false, set_no_member},
	{"source-port", SECTION_BOND, false, set_source_port},
	{"open", SECTION_BOND, false, set_open},
	{"to", SECTION_ROUTE, true, target_list},
	{"from", SECTION_ROUTE, true, set_from},
	{"socket", SECTION_ROUTE, true, set_socket},
	{"transport", SECTION_ROUTE, false, set_transport},
	{"bond", SECTION_ROUTE, false, set_bond},
	{"program", SECTION_HOST, true, host_set_program},
	{"sip-ports", SECTION_HOST, true, host_set_sip_ports},
	{"alias", SECTION_HOST, true, host_set_alias},
	{"secret", SECTION_HOST, true, host_set_secret},
	{"no-route", SECTION_HOST, false, host_set_no_route},
	{"headers", SECTION_HOST, false, host_set_headers},
	{"probe", SECTION_HOST, false, host_set_probe},
	{"header", SECTION_HOST, false, host_set_header},
	{"header-over-tls", SECTION_HOST, false, host_set_header_over_tls},
	{"unknown", SECTION_HOST, false, host_set_unknown},
	{"open", SECTION_HOST, false, host_set_open},
	{"server", SECTION_DNS, false, host_set_server},
	{"timeout", SECTION_DNS, false, host_set_timeout},
	{"refresh", SECTION_DNS, false, host_set_refresh},
};
#define KEY_COUNT (sizeof(table) / sizeof(table[0]))
_Static_assert(KEY_COUNT <= KEYS_MAX, "seen has a line for each key");

static int find_key(enum section section, struct word key)
{
	for (size_t i = 0; i < KEY_COUNT; i++)
		if ((section == SECTION_NONE || table[i].section == section) &&
			strlen(table[i].name) == key.n && memcmp(table[i].name, key.s, key.n) == 0)
			return (int)i;
	return -1;
}

bool keys_known(const struct keys *k, struct word key)
{
	(void)k;
	return find_key(SECTION_NONE, key) >= 0;
}

bool keys_allowed(struct keys *k, struct build *b, struct word key)
{
	char buf[DID_YOU_MEAN_MAX];
	struct suggest s;
	int number;
	if (k->section == SECTION_BAD) {
		keys_doubt(k, key);
		return false;
	}
	if (k->section == SECTION_NONE) {
		build_error(b, key,
			"\"%.*s\" stands before the first section: write [bond:NAME], "
			"[route:NAME], [host] or [dns] above it",
			(int)key.n, key.s);
		return false;
	}
	number = find_key(k->section, key);
	if (number >= 0) {
		if (k->seen[number] && !table[number].repeat) {
			build_error(b, key, "\"%s\" is set already in line %u: leave one out",
				table[number].name, k->seen[number]);
			return false;
		}
		return true;
	}
	number = find_key(SECTION_NONE, key);
	suggest_start(&s, key.s, key.n);
	for (size_t i = 0; i < KEY_COUNT; i++)
		if (table[i].section == k->section)
			suggest_offer(&s, table[i].name);
	if (number >= 0)
		build_error(b, key, "\"%.*s\" is no key of %s: it belongs in %s", (int)key.n, key.s,
			section_forms[k->section], section_forms[table[number].section]);
	else
		build_error(b, key, "unknown key \"%.*s\" in %s%s", (int)key.n, key.s,
			section_forms[k->section], did_you_mean(&s, buf));
	return false;
}

/* An unknown key may have been meant for `program`, and so may a line that is no key at all. */
void keys_doubt(struct keys *k, struct word key)
{
	struct suggest s;
	suggest_start(&s, key.s, key.n);
	suggest_offer(&s, "program");
	if (s.best || (k->section == SECTION_HOST && find_key(SECTION_HOST, key) < 0))
		k->doubt = true;
}

void keys_mark(struct keys *k, const struct build *b, struct word key)
{
	int number = find_key(k->section, key);
	if (number >= 0 && !k->seen[number])
		k->seen[number] = b->number;
}

void keys_set(struct keys *k, struct build *b, struct word key, struct word value)
{
	int number = find_key(k->section, key);
	if (number < 0)
		return;
	if (k->seen[number] && !table[number].repeat) {
		build_error(b, value, "\"%s\" has one value, which stands in line %u",
			table[number].name, k->seen[number]);
		return;
	}
	keys_mark(k, b, key);
	bool skip = (b->programs_only && table[number].set != host_set_program) ||
		    (b->wanted && table[number].set != target_list);
	if (!skip)
		table[number].set(b, value);
}

static void say_duplicate(
	struct build *b, struct keys *k, struct word name, uint32_t line, const char *had)
{
	if (had && strncmp(had, name.s, name.n) != 0)
		build_error(b, k->name,
			"bond names are compared without case: \"%s\" in line %u is the "
			"same bond",
			had, line);
	else
		build_error(
			b, k->name, "this section stands in line %u already: join the two", line);
}

static bool bond_name_good(struct build *b, struct word name)
{
	if (word_is(name, "none")) {
		build_error(b, name,
			"\"none\" is no name for a bond: `bond = none` leaves traffic alone");
		return false;
	}
	for (size_t i = 0; i < name.n; i++)
		if (!isalnum((unsigned char)name.s[i]) && !strchr("-.!%*_+`'~", name.s[i])) {
			build_error(b, name,
				"\"%.*s\": the name of a bond has letters, digits and "
				"-.!%%*_+`'~ only",
				(int)name.n, name.s);
			return false;
		}
	return true;
}

/* Each returns whether there is something now that the keys below can be set in. */
static bool begin_bond(struct keys *k, struct build *b, struct word name, bool told)
{
	struct config *c = b->c;
	if (!told && bond_name_good(b, name)) {
		uint16_t same = config_find_bond(c, name.s, name.n);
		if (same != MODEL_NONE)
			say_duplicate(
				b, k, name, c->bonds[same].place.line, c->bonds[same].name);
	}
	if (c->bond_count >= MODEL_NONE - 1) {
		build_error(b, k->name, "more than %d bonds", MODEL_NONE - 1);
		return false;
	}
	char *copy = build_strdup(b, name);
	if (!copy || !build_grow(b, &c->bonds, c->bond_count, sizeof(*c->bonds)))
		return false;
	c->bonds[c->bond_count++] = (struct bond){.name = copy,
		.place = build_place(b, k->name),
		.first_member = (uint32_t)c->member_count};
	return true;
}

static bool begin_route(struct keys *k, struct build *b, struct word name)
{
	struct config *c = b->c;
	if (c->route_count >= MODEL_NONE - 1) {
		build_error(b, k->name, "more than %d routes", MODEL_NONE - 1);
		return false;
	}
	char *copy = build_strdup(b, name);
	if (!copy || !build_grow(b, &c->routes, c->route_count, sizeof(*c->routes)))
		return false;
	c->routes[c->route_count++] = (struct route){
		.name = copy, .place = build_place(b, k->name), .bond = ROUTE_BOND_NONE};
	return true;
}

static void begin_once(struct keys *k, struct build *b, uint32_t *line)
{
	if (*line)
		say_duplicate(b, k, k->name, *line, NULL);
	else
		*line = b->number;
}

/* The kind that was meant, or SECTION_BAD. */
static int unknown_section(struct build *b, struct word whole, struct word kind, bool told)
{
	char buf[DID_YOU_MEAN_MAX];
	struct suggest s;
	int meant = SECTION_BAD;
	suggest_start(&s, kind.s, kind.n);
	for (int i = SECTION_BOND; i <= SECTION_DNS; i++)
		suggest_offer(&s, section_names[i]);
	for (int i = SECTION_BOND; s.best && i <= SECTION_DNS && meant == SECTION_BAD; i++)
		if (s.best == section_names[i]) {
			s.best = section_forms[i];
			meant = i;
		}
	if (!told)
		build_error(b, whole, "unknown section [%.*s]%s", (int)whole.n, whole.s,
			s.best ? did_you_mean(&s, buf)
			       : ": write [bond:NAME], [route:NAME], [host] or [dns]");
	return meant;
}

bool keys_begin_section(struct keys *k, struct build *b, struct word whole, bool told)
{
	const char *colon = memchr(whole.s, ':', whole.n);
	struct word kind =
		word_trim((struct word){whole.s, colon ? (size_t)(colon - whole.s) : whole.n});
	struct word name =
		colon ? word_trim((struct word){colon + 1, whole.n - (size_t)(colon + 1 - whole.s)})
		      : (struct word){whole.s + whole.n, 0};
	size_t errors = b->f->error_count;
	memset(k->seen, 0, sizeof(k->seen));
	k->section = SECTION_BAD;
	k->name = whole;
	k->place = build_place(b, whole);
	int section = SECTION_BOND;
	while (section <= SECTION_DNS && !word_is(kind, section_names[section]))
		section++;
	if (section > SECTION_DNS) {
		section = unknown_section(b, whole, kind, told);
		told = true;
	}
	bool named = section == SECTION_BOND || section == SECTION_ROUTE;
	if (named && name.n == 0 && !told) {
		build_error(
			b, whole, "this section needs a name: write %s", section_forms[section]);
		told = true;
	}
	if (!named && colon && !told) {
		build_error(b, whole, "this section has no name: write %s", section_forms[section]);
		told = true;
	}
	bool good = section != SECTION_BAD;
	if (section == SECTION_BOND)
		good = begin_bond(k, b, name, told);
	else if (section == SECTION_ROUTE)
		good = begin_route(k, b, name);
	else if (good && !told)
		begin_once(k, b, section == SECTION_HOST ? &k->host_line : &k->dns_line);
	if (good)
		k->section = (enum section)section;
	return good && b->f->error_count == errors;
}

void keys_end_section(struct keys *k, struct build *b)
{
	if (k->section == SECTION_ROUTE && last_route(b)->name[0] &&
		!k->seen[find_key(SECTION_ROUTE, (struct word){"bond", 4})])
		build_say(b, FINDING_ERROR, k->place, k->name.n,
			"route \"%s\" has no bond: write bond = NAME, or bond = none to leave its "
			"traffic alone",
			last_route(b)->name);
	k->section = SECTION_BAD;
}
