/* SPDX-License-Identifier: MIT */
/* bondctl from-opensips: the sockets and bonds of an opensips.cfg as an INI, with what its script did in comments. */
#include "command.h"

#include <stdlib.h>
#include <strings.h>
#include <sys/random.h>
#include <unistd.h>

#include "config/terminal.h"
#include "config/text.h"
#include "opensips_include.h"
#include "opensips_read.h"
#include "opensips_text.h"

#define NAME_MOST 43 /* bytes of the name of a bond or route in an INI */

/* Of a host that is a name several addresses may fit. */
static bool may_clash(const struct opensips_socket *a, const struct opensips_socket *b)
{
	int x = opensips_family(a->host), y = opensips_family(b->host);

	return a->transport == b->transport && (!x || !y || x == y);
}

/* OpenSIPS takes the last member that fits, libbond the first. */
static bool is_turned(const struct opensips *o, const struct opensips_bond *b)
{
	for (size_t i = 0; i < b->member_count; i++)
		for (size_t k = i + 1; k < b->member_count; k++)
			if (may_clash(&o->sockets[b->members[i]], &o->sockets[b->members[k]]))
				return true;
	return false;
}

static void print_host(const char *host)
{
	printf(opensips_family(host) == AF_INET6 ? "[%s]" : "%s", host);
}

static void print_socket(const struct opensips_socket *s)
{
	printf("%s:", transport_names[s->transport]);
	print_host(s->host);
	printf(":%u", s->port);
}

static void print_name(const struct opensips_socket *s)
{
	print_host(s->as);
	if (s->as_port)
		printf(":%u", s->as_port);
}

/* Whether it can stand in an INI; says so else. */
static bool can_be_member(struct opensips *o, const struct opensips_socket *s)
{
	if (strcmp(s->host, "*") != 0)
		return true;
	opensips_complain(o, s->line, "a socket at all addresses is no member: name its interfaces or addresses in the bond");
	return false;
}

static void print_members(struct opensips *o, const struct opensips_bond *b)
{
	bool turned = is_turned(o, b);

	if (turned)
		puts("; Of several that fit OpenSIPS takes the last one, libbond the first: so they stand the other way round.");
	for (size_t i = 0; i < b->member_count; i++) {
		const struct opensips_socket *s = &o->sockets[b->members[turned ? b->member_count - 1 - i : i]];
		bool good = can_be_member(o, s);
		fputs(good ? "member = " : "; left out: ", stdout);
		print_socket(s);
		if (*s->as) {
			fputs(" as ", stdout);
			print_name(s);
		}
		if (!good) {
			fputs(" (", stdout);
			opensips_print_line(o, stdout, s->line);
			putchar(')');
		}
		putchar('\n');
	}
}

/* 24 random bytes in base64; without them the file asks for a secret. */
static void print_secret(void)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint8_t bytes[24];

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return;
	fputs("secret = ", stdout);
	for (size_t i = 0; i < sizeof(bytes); i += 3) {
		uint32_t three = (uint32_t)bytes[i] << 16 | (uint32_t)bytes[i + 1] << 8 | bytes[i + 2];
		for (int shift = 18; shift >= 0; shift -= 6)
			putchar(letters[three >> shift & 63]);
	}
	putchar('\n');
}

static void print_host_section(struct opensips *o)
{
	puts("[host]\nprogram = opensips\n; The key of the tokens in messages, made for this file: the same on all nodes.");
	print_secret();
	for (size_t i = 0; i < o->socket_count; i++) {
		const struct opensips_socket *s = &o->sockets[i];
		if (!*s->as || strcmp(s->host, "*") == 0)
			continue;
		fputs("alias = ", stdout);
		print_name(s);
		putchar(' ');
		print_socket(s);
		putchar('\n');
	}
}

static void print_aliases(const struct opensips *o)
{
	for (const struct opensips_alias *a = o->aliases; a < o->aliases + o->alias_count; a++) {
		fputs("alias = ", stdout);
		print_host(a->name);
		unsigned port = a->port || !a->advertised ? a->port : o->advertised_port;
		printf(port ? ":%u\n" : "\n", port);
	}
}

static bool is_plain(const char *name)
{
	return name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")] == 0;
}

static bool is_in_bond(const struct opensips *o, size_t socket)
{
	for (size_t i = 0; i < o->bond_count; i++)
		for (size_t k = 0; k < o->bonds[i].member_count; k++)
			if (o->bonds[i].members[k] == socket)
				return true;
	return false;
}

/* As it is called in the INI, where a name can be too long, or mean something else. */
static void name_bond(const struct opensips *o, const char *bond, char name[NAME_MOST + 1])
{
	const struct opensips_bond *b = opensips_find_bond(o, bond);

	if (b && (strlen(bond) > NAME_MOST || strcasecmp(bond, "none") == 0 || !is_plain(bond)))
		snprintf(name, NAME_MOST + 1, "bond-of-line-%u", b->line);
	else
		snprintf(name, NAME_MOST + 1, "%s", bond);
}

static void print_bonds(struct opensips *o)
{
	bool told = false;

	for (size_t i = 0; i < o->bond_count; i++) {
		const struct opensips_bond *b = &o->bonds[i];
		char name[NAME_MOST + 1];
		name_bond(o, b->name, name);
		fputs("\n; ", stdout);
		opensips_print_line(o, stdout, b->line);
		if (strcmp(name, b->name) != 0) {
			fputs(": bond ", stdout);
			opensips_print(stdout, b->name);
		}
		printf("\n[bond:%s]\n", name);
		print_members(o, b);
	}
	for (size_t i = 0; i < o->socket_count && o->bond_count; i++) {
		if (is_in_bond(o, i))
			continue;
		fputs(told ? "" : "\n", stdout);
		told = true;
		fputs("; ", stdout);
		opensips_print_line(o, stdout, o->sockets[i].line);
		fputs(", in no bond: ", stdout);
		print_socket(&o->sockets[i]);
		putchar('\n');
	}
}

/* An OpenSIPS without bonds. */
static void print_all_sockets(struct opensips *o)
{
	puts("\n; There are no bonds in it: this one has all of its sockets. Make one for each side of it, with a route.\n"
	     "[bond:sockets]");
	for (size_t i = 0; i < o->socket_count; i++) {
		bool good = can_be_member(o, &o->sockets[i]);
		fputs(good ? "member = " : "; left out: ", stdout);
		print_socket(&o->sockets[i]);
		putchar('\n');
	}
	puts("\n[route:all]\nbond = sockets");
}

/* ---- what the script chooses ---- */

static bool is_known(struct opensips *o, const struct opensips_choice *c, const char *bond)
{
	char buf[64] = "";
	struct suggest s;

	if (opensips_find_bond(o, bond))
		return true;
	suggest_start(&s, bond, strlen(bond));
	for (size_t i = 0; i < o->bond_count; i++)
		suggest_offer(&s, o->bonds[i].name);
	if (s.best)
		snprintf(buf, sizeof(buf), ": did you mean %.40s?", s.best);
	opensips_complain(o, c->line, "there is no bond \"%s\" in this file%s", bond, buf);
	fputs("\n; ", stdout);
	opensips_print_line(o, stdout, c->line);
	fputs(": there is no bond \"", stdout);
	opensips_print(stdout, bond);
	printf("\"%s\n", buf);
	return false;
}

static bool is_same(const struct opensips_choice *a, const struct opensips_choice *b)
{
	return *a->bond && strcasecmp(a->bond, b->bond) == 0 && strcasecmp(a->from, b->from) == 0;
}

/* Whether an earlier choice is the same. */
static bool is_repeated(const struct opensips *o, const struct opensips_choice *c)
{
	for (const struct opensips_choice *before = o->choices; before < c; before++)
		if (is_same(before, c))
			return true;
	return false;
}

/* Whether all that has its `from` leaves by its bond: no other is chosen for that, and once nothing else is asked. */
static bool is_for_all(const struct opensips *o, const struct opensips_choice *c)
{
	bool all = false;

	for (const struct opensips_choice *k = o->choices; k < o->choices + o->choice_count; k++) {
		if (!*k->bond || strcasecmp(k->from, c->from) != 0 || !opensips_find_bond(o, k->bond))
			continue;
		if (strcasecmp(k->bond, c->bond) != 0)
			return false;
		all = all || !k->narrowed;
	}
	return all;
}

static void print_choice_line(const struct opensips *o, const struct opensips_choice *c)
{
	fputs("\n; ", stdout);
	opensips_print_line(o, stdout, c->line);
	fputs(": ", stdout);
	opensips_print(stdout, c->what);
	if (*c->from) {
		fputs(", for what came in on ", stdout);
		opensips_print(stdout, c->from);
	}
}

/* A route, or what it could be. */
static void print_route(struct opensips *o, const struct opensips_choice *c)
{
	char bond[NAME_MOST + 1], from[NAME_MOST + 1], name[2 * NAME_MOST + 8];
	const char *off = is_for_all(o, c) ? "" : ";";

	name_bond(o, c->bond, bond);
	name_bond(o, c->from, from);
	snprintf(name, sizeof(name), "%s%s%s", from, *from ? "-to-" : "", bond);
	if (strlen(name) > NAME_MOST)
		snprintf(name, sizeof(name), "choice-%zu-of-line-%u", (size_t)(c - o->choices) + 1, c->line);
	if (*off) {
		puts("\n; Which calls these are the script alone knows: say where they go.");
		opensips_complain(o, c->line, "which calls leave by bond %s the script decides: say in its route where they go",
			c->bond);
	} else if (*from) {
		puts("\n; Where that is not known of a connection, see ARRIVALS OF CONNECTIONS in bond.ini(5), `to` decides.");
	} else {
		puts("\n; The script chooses no other one for what came in anywhere; `to` would narrow it.");
	}
	printf("%s[route:%s]\n", off, name);
	if (*from)
		printf("%sfrom = %s\n", off, from);
	if (*off)
		puts(";to = carrier.example");
	printf("%sbond = %s\n", off, bond);
}

/* Those of what came in somewhere stand before the others, which take anything. */
static void print_choices(struct opensips *o, bool from)
{
	for (struct opensips_choice *c = o->choices; c < o->choices + o->choice_count; c++) {
		if (!*c->bond || !*c->from == from || is_repeated(o, c))
			continue;
		bool known = is_known(o, c, c->bond);
		if ((from && !is_known(o, c, c->from)) || !known)
			continue;
		print_choice_line(o, c);
		print_route(o, c);
	}
}

static void print_others(struct opensips *o)
{
	for (struct opensips_choice *c = o->choices; c < o->choices + o->choice_count; c++) {
		if (*c->bond)
			continue;
		print_choice_line(o, c);
		puts("\n; The script sends from there itself: a route with `socket` can take it, and one before the others with\n"
		     "; `bond = none` leaves it as it is.");
		opensips_complain(o, c->line, "the script sends from %s: no bond is chosen there, and it has no route", c->what);
	}
	if (!o->choice_count && o->bond_count) {
		puts("\n; The script chooses none of them: a route says where a bond is used.");
		for (size_t i = 0; i < o->bond_count; i++) {
			char name[NAME_MOST + 1];
			name_bond(o, o->bonds[i].name, name);
			printf(";[route:%s]\n;to = carrier.example\n;bond = %s\n", name, name);
		}
		opensips_complain(o, o->bonds[0].line, "the script chooses no bond: there is no route");
	}
}

static int convert(const char *file, char **text, size_t n)
{
	struct opensips o = {.file = file, .complaints = stderr};

	opensips_include(&o, text, &n);
	if (!o.no_memory)
		opensips_read(&o, *text, n);
	int status = o.no_memory ? EXIT_FAILURE : 0;
	if (o.no_memory)
		fputs("bondctl: out of memory\n", stderr);
	else if (!o.socket_count) {
		terminal_printf(stderr, "bondctl: %s: there is no socket= line of SIP in it\n", file);
		status = EXIT_FAILURE;
	} else {
		fputs("; Made by bondctl from-opensips of ", stdout);
		opensips_print(stdout, file);
		puts(".\n; OpenSIPS keeps its sockets; its bonds, and the lines that choose one, can go.\n");
		print_host_section(&o);
		print_aliases(&o);
		print_bonds(&o);
		if (!o.bond_count)
			print_all_sockets(&o);
		print_choices(&o, true);
		print_choices(&o, false);
		print_others(&o);
		status = o.left_out ? EXIT_LEFT_OUT : 0;
	}
	opensips_free(&o);
	return status;
}

static int from_run(const struct command *self, int argc, char **argv)
{
	static const struct option options[] = {{0}};
	char *text = NULL;
	size_t n;

	if (next_option(self, argc, argv, options) != -1)
		return EXIT_USAGE;
	if (argc - optind != 1)
		return bad_usage(self, argc == optind ? "which opensips.cfg?" : "too many arguments: \"%s\"", argv[argc - 1]);
	const char *file = argv[optind], *shown = strcmp(file, "-") == 0 ? "<stdin>" : file;
	int error = file == shown ? text_read(file, &text, &n) : text_read_stream(STDIN_FILENO, &text, &n);
	if (error)
		terminal_printf(stderr, "bondctl: %s: %s\n", shown, strerror(error));
	int status = error ? EXIT_FAILURE : convert(shown, &text, n);
	free(text);
	return status;
}

const struct command from_opensips_command = {
	.name = "from-opensips",
	.arguments = "OPENSIPS.CFG",
	.summary = "an INI of the sockets and bonds of an OpenSIPS",
	.help = "Prints a configuration with the bonds of OPENSIPS.CFG (socket=bond:NAME, OpenSIPS 4.0), or with one of\n"
		"all its sockets where there are none. Of what its script chooses ($socket_out, $fs,\n"
		"force_send_socket(), socket_belongs_to_bond()) it makes routes, or comments that say what to write.\n"
		"Files that it includes are read as well. What cannot be converted is told on standard error, with its\n"
		"line. - is standard input.\n"
		"Exit status: 0; 1 if OPENSIPS.CFG cannot be read or has no socket; 2 wrong use; 3 if something could\n"
		"not be converted.\n",
	.run = from_run,
};
