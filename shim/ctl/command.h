/* SPDX-License-Identifier: MIT */
/* A subcommand of bondctl, and what all of them need: options, complaints, the file. */
#ifndef BOND_CTL_COMMAND_H
#define BOND_CTL_COMMAND_H

#include <getopt.h>
#include <stdint.h>
#include <sys/types.h>

#include "config/ini.h"
#include "config/suggest.h"

#define EXIT_USAGE 2
#define EXIT_LEFT_OUT 3 /* something could not be converted, or drawn */

/* argv[0] of run() is its name. */
struct command {
	const char *name;
	const char *arguments;
	const char *summary;
	const char *help;
	int (*run)(const struct command *self, int argc, char **argv);
};

extern const struct command check_command, list_command, explain_command,
	status_command, reload_command, diff_command, wait_command, trace_command, graph_command,
	ladder_command, install_dropin_command, from_opensips_command, to_opensips_command;

/* FILE where it is left out: $BOND_CONFIG, else /etc/bond.ini. */
const char *default_file(void);

/* Prints a complaint and how the command is used; returns EXIT_USAGE. */
int bad_usage(const struct command *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The next option of a command's arguments, as getopt_long() without short ones: its val, -1 at their
 * end (optind: the first of the other words), or '?' after a complaint. */
int next_option(const struct command *c, int argc, char **argv, const struct option *options);

/* The same with short ones: as getopt(3) has them, behind a ':'. */
int next_option_of(const struct command *c, int argc, char **argv, const char *letters,
	const struct option *options);

/* A number of the command line, of decimal digits alone: from 1 to most, else 0. */
uint64_t argument_number(const char *word, uint64_t most);

/* The same for a process; 0 = the word is none. */
pid_t argument_pid(const char *word);

#define STDIN_SHOWN "<stdin>"

/* What can be read but once, as standard input, as a file that can be read again: its descriptor; -1 with errno. */
int take_stream(int from);

/* Tells of a default_file() that is not there what it is. */
void tell_default(const char *file);

/* Loads file, "-" = standard input, or prints its errors to standard error; 0 or EXIT_FAILURE. */
int load_or_complain(struct config *c, const char *file);

/* The same; where all that is wrong is that interfaces or hosts of it are not here now, it says so and takes them as
 * check --offline does. */
int load_of_any_machine(struct config *c, const char *file);

/* "1 error" or "3 errors". */
const char *plural(size_t count);

#endif
