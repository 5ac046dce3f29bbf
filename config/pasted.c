/* SPDX-License-Identifier: MIT */
/* Lines that are right somewhere else: key and value swapped, sockets and bonds as OpenSIPS and Kamailio
 * write them. Each is told in the words of this file. Part of the load; called by lines.c. */
#include "keys.h"

#define OPENSIPS_BOND "bond:"

/* socket=bond:external {"udp:1.2.3.4:5060", "tcp:1.2.3.9:5060"} */
static void say_bond(struct build *b, struct word at, struct word value)
{
	struct word name = {value.s + strlen(OPENSIPS_BOND), value.n - strlen(OPENSIPS_BOND)}, first;
	size_t n = 0;
	while (n < name.n && !strchr(" \t{\"", name.s[n]))
		n++;
	first = (struct word){name.s + n, name.n - n};
	while (first.n && strchr(" \t{\"", first.s[0]))
		first.s++, first.n--;
	size_t member = 0;
	while (member < first.n && !strchr("\", \t}", first.s[member]))
		member++;
	if (member)
		build_error(b, at,
			"this is how OpenSIPS writes a bond: here it is a section [bond:%.*s] with a line "
			"member = %.*s, and one for each further socket",
			(int)n, name.s, (int)member, first.s);
	else
		build_error(b, at,
			"this is how OpenSIPS writes a bond: here it is a section [bond:%.*s] with a line "
			"member = udp:ADDRESS:PORT for each socket",
			(int)n, name.s);
}

static bool starts_with(struct word w, const char *text)
{
	return w.n > strlen(text) && memcmp(w.s, text, strlen(text)) == 0;
}

/* A quoted value's inside. */
static struct word unquoted(struct word w)
{
	w = word_trim(w);
	while (w.n && (w.s[w.n - 1] == ';' || w.s[w.n - 1] == '"'))
		w.n--;
	return w.n && w.s[0] == '"' ? (struct word){w.s + 1, w.n - 1} : w;
}

static bool say_opensips(struct build *b, enum section section, struct word key, struct word value)
{
	struct word inside = unquoted(value);
	bool listens = word_is(key, "socket") || word_is(key, "listen");
	if (listens && starts_with(value, OPENSIPS_BOND)) {
		say_bond(b, key, value);
	} else if (starts_with(key, "$") && starts_with(inside, OPENSIPS_BOND)) {
		inside = (struct word){inside.s + strlen(OPENSIPS_BOND), inside.n - strlen(OPENSIPS_BOND)};
		build_error(b, key,
			"this is a line of an OpenSIPS script: here a [route:NAME] says bond = %.*s, with "
			"the conditions to, from or socket", (int)inside.n, inside.s);
	} else if (listens && section == SECTION_BOND) {
		build_error(b, key, "a socket of a bond is a member: write member = %.*s", (int)value.n,
			value.s);
	} else {
		return false;
	}
	return true;
}

/* "1.2.3.4 = member": what stands on the right is a key of this file, what on the left is none. */
static bool say_swapped(struct build *b, const struct keys *k, struct word key, struct word value)
{
	if (!value.n || !keys_known(k, value) || keys_known(k, key))
		return false;
	if (build_is_secret(value)) {
		b->secret = true; /* all of the line is hidden */
		build_error(b, key, "key and value are swapped: write secret = ...");
		b->secret = false;
		return true;
	}
	build_error(b, key, "key and value are swapped: write %.*s = %.*s", (int)value.n, value.s,
		(int)key.n, key.s);
	return true;
}

static bool is_member(struct word w)
{
	const char *colon = memchr(w.s, ':', w.n);
	return colon && transport_parse(w.s, (size_t)(colon - w.s)) != TRANSPORT_NONE;
}

/* A key of another section, by what it was given. */
static bool say_elsewhere(struct build *b, enum section section, struct word key, struct word value)
{
	if (section == SECTION_BOND && (word_is(key, "bond") || word_is(key, "to")) && is_member(value))
		build_error(b, key, "a socket of a bond is a member: write member = %.*s", (int)value.n,
			value.s);
	else if (section == SECTION_ROUTE && word_is(key, "member") && !is_member(value))
		build_error(b, key, "a route names its bond: write bond = %.*s", (int)value.n, value.s);
	else
		return false;
	return true;
}

bool pasted_line(struct build *b, const struct keys *k, struct word key, struct word value)
{
	return say_opensips(b, k->section, key, value) || say_swapped(b, k, key, value) ||
		say_elsewhere(b, k->section, key, value);
}

bool pasted_reference(struct build *b, const char *name, size_t n, struct place place, bool from)
{
	struct prefix p;
	struct word w = {name, n};
	if (is_member(w))
		build_say(b, FINDING_ERROR, place, n,
			"\"%.*s\" is a member, and a bond is called by its name: write it as a member of a "
			"[bond:NAME], and NAME here", (int)n, name);
	else if (prefix_parse(&p, name, n) == 0 && from)
		build_say(b, FINDING_ERROR, place, n,
			"\"%.*s\" is an address: `from` names the bond on which requests come in", (int)n,
			name);
	else if (prefix_parse(&p, name, n) == 0 || memchr(name, '/', n))
		build_say(b, FINDING_ERROR, place, n,
			"\"%.*s\" is a destination: write to = %.*s, and here the name of a bond", (int)n,
			name, (int)n, name);
	else
		return false;
	return true;
}

void pasted_targets(struct build *b)
{
	const struct config *c = b->c;
	for (size_t i = 0; i < c->target_count && c->bond_count; i++) {
		const struct target *t = &c->targets[i];
		if (t->kind != TARGET_DOMAIN || strchr(t->domain, '.') ||
			config_find_bond(c, t->domain, strlen(t->domain)) == MODEL_NONE)
			continue;
		build_say(b, FINDING_WARNING, t->place, strlen(t->domain),
			"this is taken for a domain, and there is a bond of that name: for requests that "
			"came in on it write from = %s, to leave by it bond = %s", t->domain, t->domain);
	}
}
