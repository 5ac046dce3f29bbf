/* SPDX-License-Identifier: MIT */
/* bondctl graph: a configuration as a picture, and what a running host has counted on it. */
#include "graph.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "config/terminal.h"
#include "graphviz.h"
#include "inside.h"
#include "ladder.h"
#include "running_ini.h"
#include "who.h"

struct options {
	const char *file; /* NULL = left out */
	const char *who;  /* the process or name of the host that is asked, NULL = none */
	bool dot, svg;
};

/* Not an INI: as where the host was built, in whose folder it lies. */
static bool is_program(const char *file)
{
	char head[4] = "";
	int fd = open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : pread(fd, head, sizeof(head), 0);

	if (fd >= 0)
		close(fd);
	return n == sizeof(head) && memcmp(head, "\177ELF", sizeof(head)) == 0;
}

static int read_words(const struct command *self, struct options *o, int argc, char **argv)
{
	if (argc > optind + 2)
		return bad_usage(self, "too many arguments: \"%s\"", argv[optind + 2]);
	if (argc == optind + 2) {
		o->file = argv[optind];
		o->who = argv[optind + 1];
	} else if (argc == optind + 1) {
		const char *word = argv[optind];
		struct stat st;
		/* what is no file here may be a host's name, as in /etc, where its folder is */
		bool host = argument_pid(word) || (strcmp(word, "-") != 0 && !strpbrk(word, "./") &&
			(stat(word, &st) != 0 || S_ISDIR(st.st_mode) || is_program(word)));
		*(host ? &o->who : &o->file) = word;
	}
	return 0;
}

static int print(const struct graph *g, const struct options *o)
{
	struct ladder_style style = {.svg = false};
	char *dot = NULL;
	size_t n;

	if (graph_unknown(g))
		fprintf(stderr, "bondctl: %zu of the routes and members are not in the rules of process %d, which has read "
				"another file, or waits for bondctl reload\n",
			graph_unknown(g), (int)g->status->pid);
	if (!o->dot && !o->svg) {
		ladder_find_style(&style, stdout);
		graph_text(g, &style, stdout);
		return 0;
	}
	FILE *f = open_memstream(&dot, &n);
	if (f)
		graph_dot(g, f);
	if (!f || fclose(f) != 0) {
		fputs("bondctl: out of memory\n", stderr);
		return EXIT_FAILURE;
	}
	int status = o->svg ? graphviz_svg(dot, n, stdout) : 0;
	if (!o->svg)
		fwrite(dot, 1, n, stdout);
	free(dot);
	return status;
}

/* FILE, else what the host has read. */
static int load(struct config *c, const struct options *o, struct running *host)
{
	struct findings f;

	if (o->file)
		return load_or_complain(c, o->file);
	int error = running_load(c, host, &f);
	findings_print(&f, host->ini, stderr, false);
	findings_free(&f);
	if (error)
		config_free(c);
	return error ? EXIT_FAILURE : 0;
}

/* Interfaces and names are those of the place where the host runs. */
static int show_with(const struct options *o, struct status *s)
{
	struct config c;

	if (!o->file && !running_check_ini(&s->host))
		return EXIT_FAILURE;
	int error = inside_enter(s->host.pid, s->host.root);
	if (error)
		fprintf(stderr, "bondctl: %d has a network or files of its own, which cannot be looked at (%s): interfaces "
				"and names are as they are here\n",
			(int)s->host.pid, strerror(error));
	if (load(&c, o, &s->host))
		return EXIT_FAILURE;
	int status = print(&(struct graph){&c, s}, o);
	config_free(&c);
	return status;
}

static int show_host(const struct command *self, const struct options *o)
{
	static struct status s;
	struct hosts hosts;
	pid_t pid;

	if (who_hosts(&hosts))
		return EXIT_FAILURE;
	int status = who_among(self, o->who, &hosts, &pid);
	if (status == EXIT_FAILURE && !pid && !o->file)
		terminal_printf(stderr, "bondctl: nor is there a file %s\n", o->who);
	if (!status)
		status = status_read(&s, &hosts, pid, stderr);
	if (!status) {
		status = show_with(o, &s);
		status_free(&s);
	}
	hosts_free(&hosts);
	return status;
}

static int graph_run(const struct command *self, int argc, char **argv)
{
	static const struct option options[] = {{"svg", no_argument, NULL, 's'}, {"dot", no_argument, NULL, 'd'}, {0}};
	struct options o = {0};
	struct config c;
	int found;

	while ((found = next_option(self, argc, argv, options)) != -1) {
		if (found == '?')
			return EXIT_USAGE;
		*(found == 's' ? &o.svg : &o.dot) = true;
	}
	if (o.svg && o.dot)
		return bad_usage(self, "--svg and --dot are two things");
	int status = read_words(self, &o, argc, argv);
	if (status || o.who)
		return status ? status : show_host(self, &o);
	if (load_of_any_machine(&c, o.file ? o.file : default_file()))
		return EXIT_FAILURE;
	status = print(&(struct graph){&c, NULL}, &o);
	config_free(&c);
	return status;
}

const struct command graph_command = {
	.name = "graph",
	.arguments = "[--svg|--dot] [FILE] [PID|PROGRAM]",
	.summary = "draw bonds, members, routes and listeners as one picture",
	.help = "Draws FILE: its routes in order, what each asks for, the bond that it leads to, the members of that,\n"
		"and the listeners by which those are opened; with PID or PROGRAM, of a running host, also by which\n"
		"sockets members are sent from, which are down, and on each line what went that way: requests (req),\n"
		"responses (resp) and connections (conn) that left, and messages that came in (in). Where FILE is\n"
		"left out with a PID it is the one that the host has read. Without, interfaces and names that are not\n"
		"here are drawn as they stand in FILE, which may be one for other machines.\n"
		"As wide as the terminal; in ASCII where the locale is not UTF-8.\n"
		"  --svg   as SVG, by dot(1) of graphviz, which must be installed; its text is in it as <metadata>\n"
		"  --dot   in the language of dot(1)\n\n"
		"Exit status: 0; 1 if FILE has errors, which are printed, PID cannot be reached, or dot(1) fails.\n",
	.run = graph_run,
};
