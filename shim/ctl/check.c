/* SPDX-License-Identifier: MIT */
/* bondctl check: everything there is to say about each file, then one line of summary. */
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/attach.h"
#include "config/expand.h"
#include "config/terminal.h"
#include "check_access.h"
#include "check_dns.h"
#include "check_host.h"
#include "check_program.h"
#include "check_running.h"
#include "json.h"
#include "offline.h"
#include "who.h"

#define PIPE_PATIENCE 2000 /* milliseconds, as text_read() has */

#define EXIT_STRICT 3 /* warnings alone, where they count */

static size_t count(const struct findings *f, enum finding_kind kind)
{
	size_t n = 0;
	for (size_t i = 0; i < f->count; i++)
		n += f->items[i].kind == kind;
	return n;
}

/* What is found in the file, and in the configuration of the host that it is for. */
struct checked {
	const char *file, *host; /* host NULL = not asked for */
	const struct config *config;
	struct findings in_file, in_host;
	bool good; /* the file can be used */
};

static size_t count_both(const struct checked *r, enum finding_kind kind)
{
	return count(&r->in_file, kind) + count(&r->in_host, kind);
}

/* Lines, not addresses, of a machine that is not asked how many these are. */
static size_t count_members(const struct config *c)
{
	size_t n = 0;
	for (size_t i = 0; i < c->member_count; i++)
		n += !expand_system->assume || i == 0 || c->members[i].place.line != c->members[i - 1].place.line;
	return n;
}

static void summarise(const struct checked *r)
{
	const struct config *c = r->config;
	size_t warnings = count_both(r, FINDING_WARNING), members = r->good ? count_members(c) : 0;
	terminal_puts(stdout, r->file);
	fputs(": ", stdout);
	if (r->good)
		printf("%zu bond%s, %zu member%s, %zu route%s: ok", c->bond_count,
			plural(c->bond_count), members, plural(members),
			c->route_count, plural(c->route_count));
	else
		printf("%zu error%s", r->in_file.error_count, plural(r->in_file.error_count));
	if (warnings)
		printf(", %zu warning%s", warnings, plural(warnings));
	if (r->in_host.error_count) {
		fputs("; ", stdout);
		terminal_puts(stdout, r->host);
		printf(": %zu error%s", r->in_host.error_count, plural(r->in_host.error_count));
	}
	if (findings_pass(&r->in_file))
		fputs("; what is not there now may come: a host that starts before ends with status 75", stdout);
	putchar('\n');
}

static void print_text(const struct checked *r)
{
	findings_print(&r->in_file, r->file, stdout, true);
	if (r->good && r->host)
		findings_print(&r->in_host, r->host, stdout, true);
	summarise(r);
}

static void findings_json(struct json *j, const struct findings *f, const char *file)
{
	static const char *const kinds[] = {
		[FINDING_ERROR] = "error", [FINDING_WARNING] = "warning", [FINDING_NOTE] = "note"};
	for (size_t i = 0; i < f->count; i++) {
		const struct finding *item = &f->items[i];
		json_object(j, NULL);
		json_text(j, "file", item->file ? item->file : file);
		json_text(j, "kind", kinds[item->kind]);
		if (item->place.line) {
			json_number(j, "line", item->place.line);
			json_number(j, "column", item->place.column);
			json_number(j, "length", item->length);
		}
		json_text(j, "text", item->text);
		if (item->line_text)
			json_text(j, "source", item->line_text);
		json_end(j);
	}
}

static void print_json(const struct checked *r)
{
	const struct config *c = r->config;
	struct json j;
	json_start(&j, stdout);
	json_object(&j, NULL);
	json_text(&j, "file", r->file);
	json_bool(&j, "ok", r->good);
	json_bool(&j, "may_come", findings_pass(&r->in_file));
	json_number(&j, "errors", count_both(r, FINDING_ERROR));
	json_number(&j, "warnings", count_both(r, FINDING_WARNING));
	json_number(&j, "bonds", r->good ? c->bond_count : 0);
	json_number(&j, "members", r->good ? count_members(c) : 0);
	json_number(&j, "routes", r->good ? c->route_count : 0);
	json_array(&j, "findings");
	findings_json(&j, &r->in_file, r->file);
	findings_json(&j, &r->in_host, r->host);
	json_end(&j);
	json_end(&j);
	json_finish(&j);
}

struct check_options {
	const char *user, *host;
	const struct check_listeners *running; /* where a host listens that runs; NULL = not asked for */
	bool dns, json, strict, offline;
	const char *lists; /* their folder, NULL = that of the file */
};

/* The exit status. */
static int judge(const struct checked *r, const struct check_options *o)
{
	/* a host's file that cannot be read is an error */
	if (!r->good || r->in_host.error_count)
		return EXIT_FAILURE;
	return o->strict && count_both(r, FINDING_WARNING) ? EXIT_STRICT : 0;
}

/* The exit status. shown: what file is called in messages. */
static int check(const char *file, const char *shown, const struct check_options *o)
{
	struct config c;
	struct checked r = {.file = shown, .host = o->host, .config = &c};
	struct check_listeners heard = {.count = 0};
	struct check_sight sight = {.program = NULL};
	char program[PATH_MAX];
	bool is_program = o->host && check_program_is(o->host, program, sizeof(program));
	bool is_elsewhere = o->host && o->offline && check_program_is_elsewhere(o->host);
	int error = o->lists ? config_load_beside(&c, file, o->lists, &r.in_file) : config_load(&c, file, &r.in_file);
	r.good = error == 0;
	if ((error == 0 || error == EINVAL) && file == shown && (!o->offline || o->user))
		check_access(&r.in_file, &c, file, o->user);
	if (r.good && o->dns)
		check_dns_findings(&r.in_file, &c, file);
	if (r.good && is_elsewhere)
		check_program_elsewhere(&r.in_host, &c, o->host, &sight);
	else if (r.good && is_program)
		check_program(&r.in_host, &c, program, NULL, &sight);
	else if (r.good && o->host)
		check_host(&r.in_host, &c, o->host, &heard);
	if (r.good)
		check_seen(&r.in_file, &c, file, &sight);
	if (r.good)
		check_opened(&r.in_file, &c, file, o->host && !is_program && !is_elsewhere ? &heard : o->running);
	if (o->json)
		print_json(&r);
	else
		print_text(&r);
	tell_default(file);
	int status = judge(&r, o);
	findings_free(&r.in_file);
	findings_free(&r.in_host);
	config_free(&c);
	return status;
}

/* lists: where they are if the options do not say. */
static int check_stream(int from, const char *shown, const char *lists, const struct check_options *o)
{
	char path[40];
	int fd = take_stream(from);

	if (fd < 0) {
		fputs("bondctl: ", stderr);
		terminal_puts(stderr, from == STDIN_FILENO ? "standard input" : shown);
		fprintf(stderr, ": %s\n", strerror(errno));
		return EXIT_FAILURE;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	struct check_options here = *o;
	if (!here.lists)
		here.lists = lists;
	int status = check(path, shown, &here);
	close(fd);
	return status;
}

/* A pipe into which somebody writes, its descriptor; -1: nobody does, or it cannot be opened. */
static int open_pipe(const char *file)
{
	int fd = open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct pollfd p = {fd, POLLIN, 0};

	if (fd < 0)
		return -1;
	if (poll(&p, 1, PIPE_PATIENCE) == 1 && fcntl(fd, F_SETFL, 0) == 0)
		return fd;
	close(fd);
	return -1;
}

/* A pipe can be read but once, as what <(COMMAND) of a shell stands for. */
static int check_named(const char *file, const struct check_options *o)
{
	char folder[PATH_MAX];
	struct stat st;

	if (strcmp(file, "-") == 0)
		return check_stream(STDIN_FILENO, STDIN_SHOWN, ".", o);
	if (stat(file, &st) != 0 || !S_ISFIFO(st.st_mode))
		return check(file, file, o);
	int from = open_pipe(file);
	if (from < 0)
		return check(file, file, o); /* which says why */
	attach_folder(file, folder);
	int status = check_stream(from, file, folder, o);
	close(from);
	return status;
}

/* An error is worse than a warning, whatever their numbers are. */
static int worse(int a, int b)
{
	return a == EXIT_FAILURE || b == EXIT_FAILURE ? EXIT_FAILURE : a > b ? a : b;
}

/* What is wrong with the words, as an exit status. */
static int refuse(const struct command *self, const struct check_options *o, int count, char **files)
{
	int from_stdin = 0;
	for (int i = 0; i < count; i++)
		from_stdin += strcmp(files[i], "-") == 0;
	if (from_stdin > 1)
		return bad_usage(self, "\"-\" is standard input, which can be read once");
	if (o->user && !check_access_knows(o->user))
		return bad_usage(self, "--user: there is no user \"%s\" here", o->user);
	if (o->dns && o->offline)
		return bad_usage(self, "--dns asks DNS, which --offline does not");
	return 0;
}

static int check_run(const struct command *self, int argc, char **argv)
{
	static const struct option options[] = {
		{"dns", no_argument, NULL, 'd'}, {"user", required_argument, NULL, 'u'},
		{"for", required_argument, NULL, 'f'}, {"json", no_argument, NULL, 'j'},
		{"strict", no_argument, NULL, 's'}, {"offline", no_argument, NULL, 'o'},
		{"lists", required_argument, NULL, 'l'}, {"pid", required_argument, NULL, 'p'}, {0}};
	struct check_options given = {0};
	struct check_listeners running;
	const char *who = NULL;
	pid_t pid;
	int o, status = 0;
	while ((o = next_option(self, argc, argv, options)) != -1)
		switch (o) {
		case 'd': given.dns = true; break;
		case 'u': given.user = optarg; break;
		case 'f': given.host = optarg; break;
		case 'j': given.json = true; break;
		case 's': given.strict = true; break;
		case 'o': given.offline = true; break;
		case 'l': given.lists = optarg; break;
		case 'p': who = optarg; break;
		default: return EXIT_USAGE;
		}
	if (refuse(self, &given, argc - optind, argv + optind))
		return EXIT_USAGE;
	if (who && (given.offline || given.host))
		return bad_usage(self, "--pid asks a host of this machine: give it without --%s", given.host ? "for" : "offline");
	status = who ? who_find(self, who, &pid) : 0;
	if (!status && who)
		status = check_running(&running, pid);
	if (status)
		return status;
	given.running = who ? &running : NULL;
	if (given.offline)
		offline_begin();
	if (optind == argc)
		return check(default_file(), default_file(), &given);
	for (int i = optind; i < argc; i++)
		status = worse(status, check_named(argv[i], &given));
	return status;
}

const struct command check_command = {
	.name = "check",
	.arguments = "[OPTIONS] [FILE...]",
	.summary = "check a configuration: errors, warnings, whether TLS is seen into",
	.help = "Prints every error and warning of each FILE with its line and a mark under the place, a note of\n"
		"what cannot be told, and one for each member of TLS or WebSocket whether its headers are seen;\n"
		"then one line of summary.\n"
		"FILE may be -, standard input.\n"
		"  --dns   also asks DNS: warns of domains that do not resolve, of bonds without a member for\n"
		"          what a domain leads to, and of addresses that domains of different bonds share\n"
		"  --user USER\n"
		"          also warns where USER, as whom the program runs, cannot read FILE; without it the\n"
		"          users that systemd starts the programs of FILE as\n"
		"  --for HOSTFILE\n"
		"          also warns of what in the configuration of Kamailio or OpenSIPS, HOSTFILE, keeps\n"
		"          libbond from knowing where a request came in, from steering it, or from opening\n"
		"          members for which it has no listener; or where HOSTFILE is a program, why libbond\n"
		"          cannot be loaded into it, or does not see into its TLS\n"
		"  --pid PID|PROGRAM\n"
		"          also warns of members that are marked open and for which the running host of PID, or\n"
		"          of that name, has no listener, or which it hears by itself\n"
		"  --offline\n"
		"          FILE is for another machine: names of interfaces and hosts are taken as they stand,\n"
		"          and neither this machine nor DNS is asked for anything\n"
		"  --lists FOLDER\n"
		"          lists (to = @FILE) lie in FOLDER, not beside FILE; of standard input they lie here\n"
		"  --strict\n"
		"          warnings count: exit status 3 where there are some and no error\n"
		"  --json  the same for programs, a line for each FILE\n"
		"Exit status: 0 if every FILE can be used, 1 if one has errors, 2 wrong use, 3 see --strict.\n",
	.run = check_run,
};
