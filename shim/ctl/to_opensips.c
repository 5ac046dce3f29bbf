/* SPDX-License-Identifier: MIT */
/* bondctl to-opensips: an INI as the sockets and bonds of OpenSIPS 4.0, and its routes as what a script would do. */
#include "command.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <strings.h>

#include "config/expand.h"
#include "config/terminal.h"
#include "offline.h"
#include "opensips_text.h"

#define TARGETS_SHOWN 6

struct writer {
	const struct config *c;
	const char *file;
	size_t left_out;
};

__attribute__((format(printf, 3, 4))) static void leave_out(struct writer *w, uint32_t line, const char *format, ...)
{
	char text[500];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	terminal_printf(stderr, "%s:%u: %s\n", w->file, line, text);
	fputs("# ", stdout);
	opensips_print(stdout, text);
	putchar('\n');
	w->left_out++;
}

/* A name of OpenSIPS begins with a letter and has letters, digits and '_'. */
static void print_bond_name(const struct config *c, size_t bond)
{
	const char *name = c->bonds[bond].name;
	bool other = !isalpha((unsigned char)*name);

	if (other)
		fputs("b_", stdout);
	for (; *name; name++) {
		bool good = isalnum((unsigned char)*name) || *name == '_';
		other = other || !good;
		putchar(good ? *name : '_');
	}
	if (other)
		printf("_%zu", bond + 1); /* so that no two become one */
}

/* A host that the lexer of OpenSIPS takes for none of its own words only in quotes. */
static void print_host(const struct member *m, bool in_string)
{
	char text[ADDR_TEXT_MAX];
	struct addr host = m->addr;

	host.port = 0;
	bool is_name = expand_system->print && expand_system->print(&host, text) > 0;
	if (!is_name)
		expand_print(&host, text);
	printf(is_name && !in_string ? "\"%s\"" : "%s", text);
}

static void print_member(const struct member *m, bool in_string)
{
	printf("%s:", transport_names[m->transport]);
	print_host(m, in_string);
	printf(":%u", m->addr.port);
}

static bool same_socket(const struct member *a, const struct member *b)
{
	return a->transport == b->transport && addr_equal(&a->addr, &b->addr);
}

static void print_sockets(struct writer *w)
{
	const struct config *c = w->c;

	for (size_t i = 0; i < c->member_count; i++) {
		const struct member *m = &c->members[i];
		size_t k = 0;
		while (k < i && !same_socket(&c->members[k], m))
			k++;
		if (k < i)
			continue;
		fputs("socket=", stdout);
		print_member(m, false);
		if (m->as_host) {
			struct addr a;
			bool literal = addr_parse(&a, m->as_host, strlen(m->as_host)) == 0;
			printf(literal && a.family == AF_INET ? " as %s" : literal && *m->as_host != '[' ? " as [%s]"
				: literal ? " as %s" : " as \"%s\"", m->as_host);
			if (m->as_port)
				printf(":%u", m->as_port);
		}
		putchar('\n');
	}
	for (size_t i = 0; i < c->member_count; i++) {
		const struct member *m = &c->members[i];
		if (m->device[0])
			leave_out(w, m->place.line, "member %s: OpenSIPS binds to no device", m->written);
		if (m->open)
			leave_out(w, m->place.line, "member %s: OpenSIPS listens there itself, nothing is opened", m->written);
		if (m->addr.scope)
			leave_out(w, m->place.line, "member %s: OpenSIPS has no link-local addresses", m->written);
	}
}

/* libbond takes the first that fits, OpenSIPS the last. */
static bool is_turned(const struct config *c, const struct bond *b)
{
	const struct member *m = &c->members[b->first_member];
	char text[ADDR_TEXT_MAX];

	for (uint32_t i = 0; i < b->member_count; i++)
		for (uint32_t k = i + 1; k < b->member_count; k++) {
			bool named = expand_system->print(&m[i].addr, text) || expand_system->print(&m[k].addr, text);
			if (m[i].transport == m[k].transport && (named || m[i].addr.family == m[k].addr.family))
				return true;
		}
	return false;
}

static void print_bond(struct writer *w, size_t number)
{
	const struct bond *b = &w->c->bonds[number];
	bool turned = is_turned(w->c, b);

	if (!b->member_count) {
		leave_out(w, b->place.line, "bond %s has no member: OpenSIPS does not start with it", b->name);
		return;
	}
	if (turned)
		puts("# Of several that fit libbond takes the first one, OpenSIPS the last: so they stand the other way round.");
	fputs("socket=bond:", stdout);
	print_bond_name(w->c, number);
	fputs(" {", stdout);
	for (uint32_t i = 0; i < b->member_count; i++) {
		fputs(i ? ", \"" : "\"", stdout);
		print_member(&w->c->members[b->first_member + (turned ? b->member_count - 1 - i : i)], true);
		putchar('"');
	}
	puts("}");
	if (b->no_member == NO_MEMBER_PASS)
		leave_out(w, b->place.line, "bond %s: no-member = pass: OpenSIPS fails where no member fits", b->name);
	if (b->source_port == SOURCE_PORT_MEMBER)
		leave_out(w, b->place.line, "bond %s: source-port = member: OpenSIPS chooses ports itself", b->name);
}

static void print_target(const struct target *t)
{
	char text[ADDR_TEXT_MAX];

	if (t->kind == TARGET_PREFIX) {
		struct addr a = t->prefix.addr;
		a.port = t->port;
		if (a.port)
			addr_print(&a, text);
		else
			addr_print_host(&a, text);
		fputs(text, stdout);
		if (t->prefix.bits != 128)
			printf("/%u", a.family == AF_INET ? t->prefix.bits - 96u : t->prefix.bits);
		return;
	}
	printf(t->port ? "%s%s:%u" : "%s%s", t->kind == TARGET_WILDCARD ? "*." : "", t->domain, t->port);
}

static void print_conditions(const struct config *c, size_t number)
{
	const struct route *r = &c->routes[number];
	uint32_t shown = 0;

	for (size_t i = 0; i < c->target_count; i++) {
		if (c->targets[i].route != number || shown++ >= TARGETS_SHOWN)
			continue;
		fputs(shown == 1 ? ", to " : ", ", stdout);
		print_target(&c->targets[i]);
	}
	if (shown > TARGETS_SHOWN)
		printf(" and %u more", shown - TARGETS_SHOWN);
	for (size_t i = 0; i < r->socket_count; i++) {
		char text[ADDR_TEXT_MAX];
		expand_print(&r->sockets[i].addr, text);
		printf("%s%s:%s", i ? ", " : ", from socket ", transport_names[r->sockets[i].transport], text);
	}
	if (r->transport != TRANSPORT_NONE)
		printf(", by %s", transport_names[r->transport]);
}

static void print_choice(const struct config *c, uint16_t bond)
{
	if (bond == ROUTE_BOND_NONE) {
		fputs("$socket_out = null;", stdout);
		return;
	}
	fputs("$socket_out = \"bond:", stdout);
	print_bond_name(c, bond);
	fputs("\";", stdout);
}

static void print_route(const struct config *c, size_t number)
{
	const struct route *r = &c->routes[number];

	printf("\n# route ");
	opensips_print(stdout, r->name);
	printf(" (line %u)", r->place.line);
	print_conditions(c, number);
	puts(!r->has_to && !r->from_count && !r->socket_count ? ", everything else:" : ":");
	for (size_t i = 0; i < r->from_count; i++) {
		fputs("#     if (socket_belongs_to_bond($socket_in, \"", stdout);
		print_bond_name(c, r->from[i]);
		fputs("\")) ", stdout);
		print_choice(c, r->bond);
		putchar('\n');
	}
	if (!r->from_count) {
		fputs("#     ", stdout);
		print_choice(c, r->bond);
		putchar('\n');
	}
}

/* Whether its socket has it by `as`: OpenSIPS knows itself by that. */
static bool is_as(const struct config *c, const struct alias *a)
{
	for (size_t i = 0; i < c->member_count; i++) {
		const struct member *m = &c->members[i];
		if (m->as_host && strcasecmp(m->as_host, a->name) == 0 && m->as_port == a->port)
			return true;
	}
	return false;
}

static void print_host_keys(struct writer *w)
{
	const struct config *c = w->c;

	for (size_t i = 0; i < c->alias_count; i++) {
		bool repeated = is_as(c, &c->aliases[i]);
		for (size_t k = 0; k < i; k++)
			repeated = repeated || (strcasecmp(c->aliases[k].name, c->aliases[i].name) == 0 &&
				c->aliases[k].port == c->aliases[i].port);
		if (repeated)
			continue;
		printf(c->aliases[i].port ? "alias=any:\"%s\":%u\n" : "alias=any:\"%s\"\n", c->aliases[i].name,
			c->aliases[i].port);
	}
	if (c->unknown != UNKNOWN_PASS)
		puts("# unknown: a request that came in on no bond is refused in the script, as by\n"
		     "#     if (!socket_belongs_to_bond($socket_in, \"NAME\")) { send_reply(403, \"Forbidden\"); exit; }");
	if (c->no_route == NO_ROUTE_FAIL)
		puts("# no-route = fail: a request for which no bond was chosen is refused in the script.");
}

static int convert(const char *file)
{
	struct config c;
	struct writer w = {&c, file, 0};

	offline_begin();
	if (load_or_complain(&c, file))
		return EXIT_FAILURE;
	w.file = file = c.file;
	fputs("# Made by bondctl to-opensips of ", stdout);
	opensips_print(stdout, file);
	puts(", for OpenSIPS 4.0 and later.\n# Each transport needs its module, as loadmodule \"proto_udp.so\".\n");
	print_sockets(&w);
	putchar('\n');
	for (size_t i = 0; i < c.bond_count; i++)
		print_bond(&w, i);
	print_host_keys(&w);
	if (c.route_count)
		puts("\n# What the routes decide, in their order, the script does, before t_relay(); the first that fits counts:");
	for (size_t i = 0; i < c.route_count; i++)
		print_route(&c, i);
	config_free(&c);
	return w.left_out ? EXIT_LEFT_OUT : 0;
}

static int to_run(const struct command *self, int argc, char **argv)
{
	static const struct option options[] = {{0}};

	if (next_option(self, argc, argv, options) != -1)
		return EXIT_USAGE;
	if (argc > optind + 1)
		return bad_usage(self, "too many arguments: \"%s\"", argv[optind + 1]);
	return convert(optind < argc ? argv[optind] : default_file());
}

const struct command to_opensips_command = {
	.name = "to-opensips",
	.arguments = "[FILE]",
	.summary = "the bonds of FILE as those of OpenSIPS 4.0",
	.help = "Prints the members of FILE as sockets of an opensips.cfg, its bonds as socket=bond:NAME lines of OpenSIPS\n"
		"4.0, and its routes as comments: what the script has to do. Interfaces and names stay names.\n"
		"What cannot be converted is told on standard error, with its line, and in a comment.\n"
		"Exit status: 0; 1 if FILE has errors; 2 wrong use; 3 if something could not be converted.\n",
	.run = to_run,
};
