/* SPDX-License-Identifier: MIT */
/* bondctl reload and diff: which hosts, and one after the other. Each in a process of its own, as each may
 * run in another network. */
#include "command.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/terminal.h"
#include "hosts.h"
#include "renewal.h"
#include "who.h"

static void complain_output(bool dry, bool done)
{
	const char *why = strerror(errno);

	fprintf(stderr, "bondctl: standard output: %s: %s\n", why,
		dry    ? "what would change could not be written"
		: done ? "the rules are published, but what changed could not be written"
		       : "nothing was changed");
}

/* In a child, so that this process stays where it is. */
static int one(pid_t pid, const struct renewal *wanted)
{
	int status;

	fflush(stdout);
	pid_t parent = getpid(), child = fork();
	if (child == 0) {
		/* nothing is published any more by who was killed */
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
			_exit(EXIT_FAILURE);
		status = renewal(pid, wanted);
		if (fflush(stdout) != 0 || ferror(stdout)) {
			complain_output(wanted->dry, status == 0);
			status = EXIT_FAILURE;
		}
		exit(status);
	}
	if (child < 0 || waitpid(child, &status, 0) != child) {
		fprintf(stderr, "bondctl: %s\n", strerror(errno));
		return EXIT_FAILURE;
	}
	if (WIFSIGNALED(status))
		fprintf(stderr, "bondctl: ended by signal %d\n", WTERMSIG(status));
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}

static bool is_named(const struct hosts *h, size_t first, size_t end, const char *program)
{
	char name[HOSTS_NAME_MAX];

	for (size_t i = first; i < end; i++) {
		hosts_name(h->processes[i].pid, name);
		if (strcmp(name, program) == 0)
			return true;
	}
	return false;
}

/* program: NULL = all. Every host gets its turn; the worst status. */
static int each(const char *program, const struct renewal *wanted)
{
	int status = 0, found = 0;
	struct hosts h;
	int error = hosts_find(&h);

	if (error) {
		fprintf(stderr, "bondctl: %s\n", strerror(error));
		return EXIT_FAILURE;
	}
	for (size_t first = 0, end; first < h.count; first = end) {
		end = hosts_end(&h, first);
		if (!h.processes[first].inode || (program && !is_named(&h, first, end, program)))
			continue;
		pid_t pid = hosts_alive(&h, first, end);
		int its = pid ? one(pid, wanted) : 0;
		/* one that ended before its turn, or in it, needs no rules any more */
		if (its == 0 || hosts_alive(&h, first, end))
			status = its > status ? its : status;
		found++;
	}
	if (!found && program)
		who_is_nobody(program, &h);
	else if (!found)
		fprintf(stderr, "bondctl: there is no host here%s\n",
			h.denied ? " that may be looked at" : "");
	hosts_free(&h);
	return found ? status : EXIT_FAILURE;
}

static int reload_run(const struct command *self, int argc, char **argv)
{
	static const struct option options[] = {
		{"all", no_argument, NULL, 'a'}, {"json", no_argument, NULL, 'j'}, {0}};
	struct renewal wanted = {.ini = NULL};
	bool all = false;
	int found;

	while ((found = next_option(self, argc, argv, options)) != -1) {
		if (found == '?')
			return EXIT_USAGE;
		all = all || found == 'a';
		wanted.json = wanted.json || found == 'j';
	}
	if (!all && optind == argc)
		return bad_usage(self, "which host? PID, PROGRAM or --all");
	const char *who = all ? NULL : argv[optind++];
	wanted.ini = optind < argc ? argv[optind++] : NULL;
	if (optind < argc)
		return bad_usage(self, "too many arguments: \"%s\"", argv[optind]);
	pid_t pid = who ? argument_pid(who) : 0;
	return pid ? one(pid, &wanted) : each(who, &wanted);
}

static int diff_run(const struct command *self, int argc, char **argv)
{
	static const struct option options[] = {{"json", no_argument, NULL, 'j'}, {0}};
	struct renewal wanted = {.dry = true};
	pid_t pid;
	int found;

	while ((found = next_option(self, argc, argv, options)) != -1) {
		if (found != 'j')
			return EXIT_USAGE;
		wanted.json = true;
	}
	if (argc - optind != 2)
		return bad_usage(self, argc - optind < 2 ? "INI and PID or PROGRAM are wanted" : "too many arguments");
	if (argument_pid(argv[optind]) && !argument_pid(argv[optind + 1]))
		return bad_usage(self, "INI stands before PID: write bondctl diff %s %s", argv[optind + 1], argv[optind]);
	int status = who_find(self, argv[optind + 1], &pid);
	if (status)
		return status;
	wanted.ini = argv[optind];
	return one(pid, &wanted);
}

const struct command reload_command = {
	.name = "reload",
	.arguments = "[--json] PID|PROGRAM|--all [INI]",
	.summary = "give a running host another configuration",
	.help = "Reads INI, else the file that the host has read, as it is now, and gives it to all processes of\n"
		"the host to which process PID belongs, while calls go on. PROGRAM: each host of that name (as\n"
		"ps -o comm has it); --all: each host on this machine, also in containers. Nothing is changed if\n"
		"INI has errors, which are all printed.\n\n"
		"Prints a line for each bond, member, route and setting: + added, - removed, ~ changed; what takes\n"
		"effect only when the host restarts; and how many of its processes have the new rules. The others\n"
		"take them at their next call of the socket functions.\n\n"
		"  --all                     every host\n"
		"  --json                    for programs, a line for each host\n\n"
		"Exit status: 0; 1 if INI has errors, a host cannot be reached, nothing could be changed, or what\n"
		"changed could not be written to standard output; 2 wrong use.\n",
	.run = reload_run,
};

const struct command diff_command = {
	.name = "diff",
	.arguments = "[--json] INI PID|PROGRAM",
	.summary = "what reload would change, without doing it",
	.help = "Prints what `bondctl reload PID INI` would, or `bondctl reload PROGRAM INI` of the one host of that\n"
		"name, and does nothing.\n\n"
		"  --json                    for programs\n\n"
		"Exit status: 0; 1 if INI has errors, PID cannot be reached, or what would change could not be\n"
		"written; 2 wrong use.\n",
	.run = diff_run,
};
