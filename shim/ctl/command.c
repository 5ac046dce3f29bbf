/* SPDX-License-Identifier: MIT */
/* Options and complaints alike in every subcommand, and the load of the file that it is about. */
#include "command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config/terminal.h"
#include "offline.h"

static const char default_name[] = "/etc/bond.ini";

const char *default_file(void)
{
	const char *file = getenv("BOND_CONFIG");
	return file && *file ? file : default_name;
}

int bad_usage(const struct command *c, const char *format, ...)
{
	char *text;
	va_list args;
	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	fputs("bondctl: ", stderr);
	terminal_puts(stderr, text ? text : "out of memory");
	free(text);
	if (c)
		fprintf(stderr, "\nusage: bondctl %s %s\n", c->name, c->arguments);
	else
		fputs("\nbondctl --help lists the commands\n", stderr);
	return EXIT_USAGE;
}

int next_option(const struct command *c, int argc, char **argv, const struct option *options)
{
	return next_option_of(c, argc, argv, ":", options);
}

int next_option_of(const struct command *c, int argc, char **argv, const char *letters,
	const struct option *options)
{
	int found;
	opterr = 0;
	/* "-h" is main()'s; ':' tells a missing value from an unknown word */
	found = getopt_long(argc, argv, letters, options, NULL);
	if (found == ':') {
		bad_usage(c, "%s has no value", argv[optind - 1]);
		return '?';
	}
	if (found == '?') {
		char letter[] = {'-', (char)optopt, 0};
		const char *word = argv[optind - 1];
		bool known = false;
		for (const struct option *o = options; o->name; o++)
			known = known || (optopt && o->val == optopt);
		if (known)
			bad_usage(c, "%.*s takes no value", (int)strcspn(word, "="), word);
		else
			bad_usage(c, "unknown option \"%s\"", optopt && word[1] != '-' ? letter : word);
	}
	return found;
}

uint64_t argument_number(const char *word, uint64_t most)
{
	char *end;
	errno = 0;
	unsigned long long n = *word >= '0' && *word <= '9' ? strtoull(word, &end, 10) : 0;

	return n && !errno && !*end && n <= most ? n : 0;
}

pid_t argument_pid(const char *word)
{
	return (pid_t)argument_number(word, INT32_MAX);
}

void tell_default(const char *file)
{
	const char *set = getenv("BOND_CONFIG");

	if (file == default_name && !(set && *set) && access(file, F_OK) != 0)
		fputs("bondctl: that is where it looks where no FILE is named and BOND_CONFIG is not set\n", stderr);
}

int take_stream(int from)
{
	char bytes[1 << 16];
	ssize_t got = 0;
	int fd = memfd_create("stream", MFD_CLOEXEC);

	while (fd >= 0 && (got = read(from, bytes, sizeof(bytes))) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 || write(fd, bytes, (size_t)got) != got) {
			int error = errno;
			close(fd);
			errno = error;
			return -1;
		}
	}
	return fd;
}

/* Lists that standard input names are those of the working directory. */
static int load_once(struct config *c, const char *path, bool standard, struct findings *f)
{
	*c = (struct config){0};
	*f = (struct findings){0};
	return standard ? config_load_beside(c, path, ".", f) : config_load(c, path, f);
}

/* elsewhere: what is not here now is taken as it is written. */
static int load(struct config *c, const char *file, bool elsewhere)
{
	struct findings f;
	bool standard = strcmp(file, "-") == 0;
	int fd = standard ? take_stream(STDIN_FILENO) : -1;
	char path[40];

	*c = (struct config){0};
	if (standard && fd < 0) {
		perror("bondctl: standard input");
		return EXIT_FAILURE;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	int error = load_once(c, standard ? path : file, standard, &f);
	const char *shown = standard ? STDIN_SHOWN : file;
	if (error && elsewhere && findings_pass(&f)) {
		terminal_printf(stderr, "bondctl: %s names what is not on this machine now: interfaces and hosts are taken as they "
					"stand\n", shown);
		findings_free(&f);
		config_free(c);
		offline_begin();
		error = load_once(c, standard ? path : file, standard, &f);
	}
	if (standard) {
		close(fd);
		c->file = STDIN_SHOWN;
	}
	findings_print(&f, shown, stderr, false);
	findings_free(&f);
	if (error) {
		config_free(c);
		tell_default(shown);
	}
	return error ? EXIT_FAILURE : 0;
}

int load_or_complain(struct config *c, const char *file)
{
	return load(c, file, false);
}

int load_of_any_machine(struct config *c, const char *file)
{
	return load(c, file, true);
}

const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}
