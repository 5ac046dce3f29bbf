/* SPDX-License-Identifier: MIT */
/* Called by bondrun.c. The names that count are those of is_wanted() in init.c. */
#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "base/path.h"
#include "config/expand.h"
#include "config/ini.h"
#include "config/terminal.h"
#include "config/text.h"
#include "opening.h"

#define MEMBERS_SHOWN 8 /* of a bond */

static const struct preload_program *started; /* config_load_host() gives its callback nothing */
static char others[256]; /* what `program` names instead, "" = it names what is started */

bool program_is_named(const struct config *c, const struct preload_program *p)
{
	char *real = realpath(p->path, NULL);
	bool named = c->program_count == 0;

	for (size_t i = 0; i < c->program_count && !named; i++)
		named = (real && strcmp(c->programs[i], path_base(real)) == 0) ||
			strcmp(c->programs[i], path_base(p->name)) == 0;
	free(real);
	return named;
}

static void list(const struct config *c, char *out, size_t size)
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < c->program_count && n < size; i++)
		n += (size_t)snprintf(out + n, size - n, "%s%s", i ? ", " : "", c->programs[i]);
}

/* For config_load_host(): no, so that it goes no further. */
static bool look(const struct config *c)
{
	if (!program_is_named(c, started))
		list(c, others, sizeof(others));
	return false;
}

/* Loads the INI for the program, as far as wanted() lets it. False: it has errors, or there is none to be read; c
 * is to be freed all the same. */
static bool load_for(struct config *c, const char *file, const struct preload_program *p,
	bool (*wanted)(const struct config *c))
{
	struct findings f;
	struct stat st;

	*c = (struct config){0};
	if (!p->path[0] || (text_name(file) == file && (stat(file, &st) != 0 || !S_ISREG(st.st_mode))))
		return false;
	started = p;
	bool good = config_load_host(c, file, wanted, &f) == 0;
	findings_free(&f);
	return good;
}

void program_warn(const char *file, const struct preload_program *p)
{
	struct config c;

	others[0] = '\0';
	load_for(&c, file, p, look);
	config_free(&c);
	if (others[0])
		fprintf(stderr, "bondrun: `program` in %s names %s, not %s%s: libbond does nothing in it%s. "
				"Add it there, or take that key away\n",
			text_name(file), others, path_base(p->path), p->script ? ", by which the script is run" : "",
			p->script ? ", only in programs of those names that it starts" : "");
}

/* For config_load_host(), where the program is one of the file's. */
static bool is_started(const struct config *c)
{
	return program_is_named(c, started);
}

static void say_opened(const struct config *c, bool always)
{
	char text[512];

	opening_describe(c, opening_lookup(), always, text, sizeof(text));
	if (text[0])
		terminal_printf(stderr, "bondrun: %s\n", text);
}

bool program_edits_tls(const struct config *c)
{
	bool found = false;

	for (size_t i = 0; i < c->member_count && !c->headers_keep; i++)
		found = found || transport_is_secure((enum transport)c->members[i].transport);
	return found;
}

bool program_look(const char *file, const struct preload_program *p, enum program_say say)
{
	struct config c;
	bool tls = false;

	if (load_for(&c, file, p, is_started)) {
		if (say != PROGRAM_SAY_NOTHING)
			say_opened(&c, say == PROGRAM_SAY_ALL);
		tls = program_edits_tls(&c);
	}
	config_free(&c);
	return tls;
}

bool program_may_edit_tls(const char *file)
{
	struct config c;
	struct findings f;
	bool tls = config_load(&c, file, &f) == 0 && program_edits_tls(&c);

	findings_free(&f);
	config_free(&c);
	return tls;
}

static void print_bond(const struct config *c, const struct bond *b)
{
	char text[ADDR_TEXT_MAX];

	printf("bond %s: %u member%s", b->name, b->member_count, b->member_count == 1 ? "" : "s");
	for (uint32_t i = 0; i < b->member_count && i < MEMBERS_SHOWN; i++) {
		const struct member *m = &c->members[b->first_member + i];
		expand_print(&m->addr, text);
		printf("%s%s:%s", i ? ", " : ": ", transport_names[m->transport], text);
	}
	puts(b->member_count > MEMBERS_SHOWN ? ", ..." : "");
}

static void print_routes(const struct config *c)
{
	for (size_t i = 0; i < c->route_count; i++) {
		const struct route *r = &c->routes[i];
		printf("route %s: bond %s\n", r->name,
			r->bond == ROUTE_BOND_NONE ? "none" : c->bonds[r->bond].name);
	}
}

static void print_program(const struct config *c, const struct preload_program *p)
{
	char names[256];

	list(c, names, sizeof(names));
	if (c->program_count == 0)
		puts("program: any");
	else if (!p->path[0])
		printf("program: %s; whether that is this one is not known\n", names);
	else if (program_is_named(c, p))
		printf("program: %s, which is this one\n", names);
	else
		printf("program: %s, which is not this one (%s): libbond does nothing in it\n", names,
			path_base(p->path));
}

int program_report(const char *file, const struct preload_program *p)
{
	struct config c;
	struct findings f;
	int error = config_load(&c, file, &f);
	bool later = findings_pass(&f);

	findings_print(&f, text_name(file), stderr, true);
	findings_free(&f);
	for (size_t i = 0; i < c.bond_count && !error; i++)
		print_bond(&c, &c.bonds[i]);
	if (!error) {
		print_routes(&c);
		print_program(&c, p);
		say_opened(&c, true);
	}
	config_free(&c);
	if (error)
		fprintf(stderr, "bondrun: %s would not start with this file\n", path_base(p->name));
	return error == 0 ? 0 : later ? EX_TEMPFAIL : EX_CONFIG;
}
