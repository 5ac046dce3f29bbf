/* SPDX-License-Identifier: MIT */
/* bondctl: looks at a configuration, and at the hosts that run by one. A table of subcommands; each is one
 * file. Exit status: 0 good, 1 the file is bad, 2 wrong use; 3 see check. */
#include "command.h"

#include <signal.h>
#include <stdlib.h>

static const struct command *const commands[] = {&check_command, &list_command, &explain_command,
	&status_command, &reload_command, &diff_command, &wait_command, &trace_command, &graph_command,
	&ladder_command, &install_dropin_command, &from_opensips_command, &to_opensips_command};
#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static void print_usage(FILE *out)
{
	fputs("usage: bondctl COMMAND [ARGUMENTS]\n\n", out);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(out, "  %-14s  %s\n", commands[i]->name, commands[i]->summary);
	fputs("\nFILE is $BOND_CONFIG, else /etc/bond.ini, where it is left out; - is standard input.\n"
	      "\n  -h, --help      this text; behind a COMMAND, more about it\n"
	      "  -V, --version   the version\n",
		out);
}

static void print_help(const struct command *c, FILE *out)
{
	fprintf(out, "usage: bondctl %s %s\n\n%s", c->name, c->arguments, c->help);
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static int unknown_command(const char *name)
{
	char buf[64] = "";
	struct suggest s;
	suggest_start(&s, name, strlen(name));
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		suggest_offer(&s, commands[i]->name);
	if (s.best)
		snprintf(buf, sizeof(buf), ": did you mean %s?", s.best);
	return bad_usage(NULL, "unknown command \"%s\"%s", name, buf);
}

/* -h among the words of a command, but not as an option's value or behind "--". */
static bool asks_for_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "--help") == 0 ||
			(i == 1 && argc == 2 && strcmp(argv[i], "help") == 0))
			return true;
	return false;
}

static int help(const char *about)
{
	const struct command *c = about ? find_command(about) : NULL;
	if (about && !c)
		return unknown_command(about);
	if (c)
		print_help(c, stdout);
	else
		print_usage(stdout);
	return 0;
}

static int run(int argc, char **argv)
{
	const struct command *c = find_command(argv[0]);
	if (strcmp(argv[0], "help") == 0)
		return help(argc > 1 ? argv[1] : NULL);
	if (!c)
		return unknown_command(argv[0]);
	if (asks_for_help(argc, argv)) {
		print_help(c, stdout);
		return 0;
	}
	optind = 0; /* getopt(3): begin anew */
	return c->run(c, argc, argv);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'}, {0}};
	int status;
	opterr = optind = 0;
	signal(SIGXFSZ, SIG_IGN); /* EFBIG instead, also of a host's file */
	switch (getopt_long(argc, argv, "+hV", options, NULL)) {
	case 'V':
		puts("bondctl " BOND_VERSION);
		status = 0;
		break;
	case 'h': status = help(argv[optind]); break;
	case -1:
		if (optind < argc) {
			status = run(argc - optind, argv + optind);
			break;
		}
		print_usage(stderr);
		return EXIT_USAGE;
	default:
		return bad_usage(NULL, "unknown option \"%s\"", argv[optind > 1 ? optind - 1 : 1]);
	}
	if (fflush(stdout) || ferror(stdout)) {
		perror("bondctl: standard output");
		return EXIT_FAILURE;
	}
	return status;
}
