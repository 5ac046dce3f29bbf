/* SPDX-License-Identifier: MIT */
/* bondctl: looks at a configuration without running anything. A table of subcommands; each is one
 * file. Exit status: 0 good, 1 the file is bad, 2 wrong use. */
#include "bondctl.h"

#include <stdarg.h>
#include <stdlib.h>

static const struct command *const commands[] = {&check_command, &list_command, &explain_command};
#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static void print_usage(FILE *out)
{
	fputs("usage: bondctl COMMAND [ARGUMENTS]\n\n", out);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(out, "  %-8s %-22s %s\n", commands[i]->name, commands[i]->arguments,
			commands[i]->summary);
	fputs("\nFILE is $BOND_CONFIG, else /etc/bond.ini, where it is left out.\n"
	      "\n  -h, --help   this text; behind a COMMAND, more about it\n"
	      "  --version    the version\n",
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

static bool is_help(const char *arg)
{
	return strcmp(arg, "-h") == 0 || strcmp(arg, "--help") == 0 || strcmp(arg, "help") == 0;
}

const char *default_file(void)
{
	const char *file = getenv("BOND_CONFIG");
	return file && *file ? file : "/etc/bond.ini";
}

int bad_usage(const struct command *c, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fputs("bondctl: ", stderr);
	vfprintf(stderr, format, args);
	va_end(args);
	if (c)
		fprintf(stderr, "\nusage: bondctl %s %s\n", c->name, c->arguments);
	else
		fputs("\nbondctl --help lists the commands\n", stderr);
	return EXIT_USAGE;
}

int load_or_complain(struct config *c, const char *file)
{
	struct findings f;
	int error = config_load(c, file, &f);
	findings_print(&f, file, stderr, false);
	findings_free(&f);
	if (error)
		config_free(c);
	return error ? EXIT_FAILURE : 0;
}

const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
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

int main(int argc, char **argv)
{
	if (argc < 2) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("bondctl " BOND_VERSION);
		return 0;
	}
	if (is_help(argv[1])) {
		const struct command *about = argc > 2 ? find_command(argv[2]) : NULL;
		if (argc > 2 && !about)
			return unknown_command(argv[2]);
		if (about)
			print_help(about, stdout);
		else
			print_usage(stdout);
		return 0;
	}
	const struct command *c = find_command(argv[1]);
	if (!c)
		return unknown_command(argv[1]);
	for (int i = 2; i < argc; i++)
		if (strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "--help") == 0 ||
			(i == 2 && argc == 3 && strcmp(argv[i], "help") == 0)) {
			print_help(c, stdout);
			return 0;
		}
	int status = c->run(c, argc - 1, argv + 1);
	if (fflush(stdout) || ferror(stdout)) {
		perror("bondctl: standard output");
		return EXIT_FAILURE;
	}
	return status;
}
