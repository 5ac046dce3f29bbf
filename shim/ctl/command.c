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

/* Lists that it names are those of the working directory. */
static int load_stdin(struct config *c, struct findings *f)
{
	char path[40];
	int fd = take_stream(STDIN_FILENO);

	if (fd < 0) {
		perror("bondctl: standard input");
		return EIO;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	int error = config_load_beside(c, path, ".", f);
	close(fd);
	c->file = STDIN_SHOWN;
	return error;
}

int load_or_complain(struct config *c, const char *file)
{
	struct findings f = {0};
	bool standard = strcmp(file, "-") == 0;

	*c = (struct config){0};
	int error = standard ? load_stdin(c, &f) : config_load(c, file, &f);
	file = standard ? STDIN_SHOWN : file;
	findings_print(&f, file, stderr, false);
	findings_free(&f);
	if (error) {
		config_free(c);
		tell_default(file);
	}
	return error ? EXIT_FAILURE : 0;
}

const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}
