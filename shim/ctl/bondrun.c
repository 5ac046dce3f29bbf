/* SPDX-License-Identifier: MIT */
/* bondrun: starts a program with libbond.so preloaded, or says plainly why that cannot work.
 * A launcher: it becomes the program by execve() and leaves nothing behind. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "config/ini.h"
#include "config/text.h"
#include "elf.h"
#include "environment.h"
#include "library.h"
#include "own_tls.h"
#include "preload.h"
#include "program.h"
#include "quick.h"

#define TLS_LIBRARY "libbond-tls.so" /* beside the other */
#define DEFAULT_CONFIG "/etc/bond.ini"
#define DEFAULT_FILTER "select"

/* As env(1), and sysexits.h for the INI. */
enum { EXIT_OWN = LIBRARY_EXIT, EXIT_CANNOT = 126, EXIT_NOT_FOUND = 127, EXIT_CONFIG = 78 };

static const char usage[] =
	"usage: bondrun [OPTIONS] [--] PROGRAM [ARGUMENT...]\n"
	"       bondrun --env[=SHELL] [OPTIONS] [PROGRAM]\n"
	"Starts PROGRAM with libbond, so that its SIP leaves by the members of bonds.\n"
	"\n"
	"  -c, --config=INI        the bonds and routes (default: $BOND_CONFIG, else /etc/bond.ini)\n"
	"  --member=MEMBER         instead of an INI: a member of the one bond, as in bond.ini(5); repeatable\n"
	"  --to=DESTINATIONS       where that bond is for, as \"to\" is written there (default: anywhere)\n"
	"  -t, --trace[=FILTER]    print the calls and what was decided; FILTER as in libbond(8),\n"
	"                          written right behind -t (default: select)\n"
	"  -o, --output=FILE       print the trace to FILE instead of stderr; implies -t\n"
	"  -v, --verbose           say how members are opened, and what the other way would need\n"
	"  --env[=SHELL]           print the environment for a shell, eval \"$(bondrun --env -c INI)\"; or for\n"
	"                          fish: bondrun --env=fish -c INI | source\n"
	"  -n, --dry-run           check all, the INI too, print what would be started, start nothing\n"
	"  -h, --help              print this\n"
	"  -V, --version           print the version\n";

static const struct option long_options[] = {
	{"config", required_argument, NULL, 'c'},
	{"trace", optional_argument, NULL, 't'},
	{"output", required_argument, NULL, 'o'},
	{"verbose", no_argument, NULL, 'v'},
	{"dry-run", no_argument, NULL, 'n'},
	{"member", required_argument, NULL, 'm'},
	{"to", required_argument, NULL, 'T'},
	{"env", optional_argument, NULL, 'e'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{NULL, 0, NULL, 0},
};

struct options {
	const char *config;
	const char *filter; /* NULL = no trace asked for */
	const char *output;
	bool dry_run, verbose, env, fish;
	struct quick quick; /* instead of config */
};

/* Appends dir, "/" and name; false if it does not fit. */
static bool join(char path[PATH_MAX], const char *dir, const char *name)
{
	return (size_t)snprintf(path, PATH_MAX, "%s/%s", dir, name) < PATH_MAX;
}

static void make_absolute(const char *file, char path[PATH_MAX])
{
	char dir[PATH_MAX] = "";

	if (file[0] != '/' && !getcwd(dir, sizeof(dir))) {
		fprintf(stderr, "bondrun: the current directory: %s\n", strerror(errno));
		exit(EXIT_OWN);
	}
	if (!join(path, dir, file[0] == '/' ? file + 1 : file)) {
		fprintf(stderr, "bondrun: %s: %s\n", file, strerror(ENAMETOOLONG));
		exit(EXIT_OWN);
	}
}

static void set(const char *name, const char *value)
{
	if (setenv(name, value, 1)) {
		fprintf(stderr, "bondrun: %s: %s\n", name, strerror(errno));
		exit(EXIT_OWN);
	}
}

/* Whether the n bytes of a path are of one of libbond's. */
static bool is_own_library(const char *path, size_t n)
{
	static const char *const names[] = {LIBRARY, TLS_LIBRARY};
	const char *slash = memrchr(path, '/', n);
	const char *base = slash ? slash + 1 : path;

	n -= (size_t)(base - path);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (n == strlen(names[i]) && memcmp(base, names[i], n) == 0)
			return true;
	}
	return false;
}

/* The library first, the one for TLS (NULL = none), then what was there, without an earlier libbond. */
static void prepend_library(const char *path, const char *tls_path)
{
	const char *old = getenv("LD_PRELOAD");
	char *value, *p;

	if (!old)
		old = "";
	value = malloc(strlen(path) + (tls_path ? strlen(tls_path) : 0) + strlen(old) + 3);
	if (!value) {
		fprintf(stderr, "bondrun: %s\n", strerror(ENOMEM));
		exit(EXIT_OWN);
	}
	p = stpcpy(value, path);
	if (tls_path)
		p = stpcpy(stpcpy(p, ":"), tls_path);
	while (*old) {
		size_t n = strcspn(old, ": ");
		if (n && !is_own_library(old, n)) {
			*p++ = ':';
			p = mempcpy(p, old, n);
		}
		old += n + (old[n] != '\0');
	}
	*p = '\0';
	set("LD_PRELOAD", value);
	free(value);
}

/* The library that sees into TLS; says where it will not see. p NULL: of whatever program. */
static bool find_tls_library(const char *library, const struct preload_program *p, char path[PATH_MAX])
{
	char text[PRELOAD_TEXT_SIZE];

	const char *slash = strrchr(library, '/');
	snprintf(path, PATH_MAX, "%.*s/" TLS_LIBRARY, (int)(slash - library), library);
	if (access(path, R_OK) != 0) {
		fprintf(stderr, "bondrun: %s: %s. By TLS the program's own names will stand in Via, Record-Route "
				"and Contact. Run make, or make install\n", path, strerror(errno));
		return false;
	}
	if (p && own_tls_explain(p->path, text, sizeof(text)))
		fprintf(stderr, "bondrun: %s\n", text);
	return true;
}

/* What is written on the command line. */
static void set_quick(const struct quick *q)
{
	int status;
	char *text = quick_config(q, &status);

	if (!text)
		exit(status);
	set("BOND_CONFIG", text);
	free(text);
}

static void set_config(const struct options *o)
{
	const char *file = o->config;
	char path[PATH_MAX];
	struct stat st;
	int error = 0;

	if (o->quick.count) {
		set_quick(&o->quick);
		return;
	}

	if (!file) {
		if (!getenv("BOND_CONFIG") && access(DEFAULT_CONFIG, F_OK))
			fprintf(stderr,
				"bondrun: no -c, no BOND_CONFIG and no " DEFAULT_CONFIG
				": libbond will do nothing\n");
		return;
	}
	make_absolute(file, path);
	if (stat(path, &st) || access(path, R_OK))
		error = errno;
	else if (S_ISDIR(st.st_mode))
		error = EISDIR;
	if (error) {
		fprintf(stderr, "bondrun: %s: %s. Give the INI file that holds the bonds\n", path,
			strerror(error));
		exit(EXIT_CONFIG);
	}
	set("BOND_CONFIG", path);
}

static void set_trace(const struct options *o)
{
	char path[PATH_MAX];

	if (o->output) {
		if (!o->output[0]) {
			fprintf(stderr, "bondrun: -o needs the name of a file\n");
			exit(EXIT_OWN);
		}
		make_absolute(o->output, path);
		set("BOND_TRACE_FILE", path);
	}
	if (o->filter)
		set("BOND_TRACE", o->filter[0] ? o->filter : DEFAULT_FILTER);
	else if (o->output && !getenv("BOND_TRACE"))
		set("BOND_TRACE", DEFAULT_FILTER);
}

static void find_program(const char *name, const struct options *o, char path[PATH_MAX])
{
	int error = preload_find(name, path, PATH_MAX);

	if (!error)
		return;
	if (error == ENOENT || error == ENOTDIR) {
		fprintf(stderr, "bondrun: there is no program %s%s%s\n", name[0] ? name : "\"\"",
			strchr(name, '/') ? "" : " in PATH",
			o->filter && !o->filter[0]
				? ". (A filter is written right behind -t, as in -tall)"
				: "");
		exit(EXIT_NOT_FOUND);
	}
	if (error == EACCES)
		fprintf(stderr, "bondrun: %s is not executable, or a folder above it is closed to you\n",
			name);
	else
		fprintf(stderr, "bondrun: %s: %s\n", name, strerror(error));
	exit(EXIT_CANNOT);
}

static void check_program(const struct elf_facts *library, const char *path, const char *name,
	struct preload_program *p)
{
	static char text[PRELOAD_TEXT_SIZE];

	switch (preload_check(library, path, name, NULL, p, text)) {
	case PRELOAD_WORKS: return;
	case PRELOAD_UNKNOWN: fprintf(stderr, "bondrun: %s\n", text); return;
	case PRELOAD_IMPOSSIBLE:
	case PRELOAD_NOT_STARTED:
		fprintf(stderr, "bondrun: %s\n", text);
		exit(EXIT_CANNOT);
	}
}

/* The file that the library will read, NULL = none. */
static const char *config_file(void)
{
	const char *file = getenv("BOND_CONFIG");

	if (file && *file)
		return file;
	return access(DEFAULT_CONFIG, F_OK) == 0 ? DEFAULT_CONFIG : NULL;
}

/* The runtime of AddressSanitizer refuses to come behind a preloaded library, though all works. */
static void pacify_sanitizer(const struct preload_program *p)
{
	static const char word[] = "verify_asan_link_order=0";
	const char *old = getenv("ASAN_OPTIONS");
	char *value;

	if (!p->sanitizer[0] || (old && strstr(old, word)))
		return;
	if (asprintf(&value, "%s%s%s", old ? old : "", old && *old ? ":" : "", word) < 0) {
		fprintf(stderr, "bondrun: %s\n", strerror(ENOMEM));
		exit(EXIT_OWN);
	}
	set("ASAN_OPTIONS", value);
	free(value);
	fprintf(stderr, "bondrun: %s is built with AddressSanitizer, and %s wants to be loaded before "
			LIBRARY ": started with ASAN_OPTIONS=%s\n",
		p->path, p->sanitizer, word);
}

static void print_dry_run(const char *path, char **argv)
{
	environment_print(stdout);
	printf("%s", path);
	for (argv++; *argv; argv++)
		printf(" %s", *argv);
	putchar('\n');
}

/* execvp() would look for the program again; it must be the one that was checked. */
static void start(const char *path, char **argv)
{
	extern char **environ;
	size_t count = 0;
	int error;

	execve(path, argv, environ);
	error = errno;
	if (error == ENOEXEC) { /* a script without its first line, as execvp() does */
		while (argv[count])
			count++;
		char **shell = calloc(count + 2, sizeof(*shell));
		if (shell) {
			shell[0] = argv[0];
			shell[1] = (char *)(uintptr_t)path;
			memcpy(shell + 2, argv + 1, count * sizeof(*shell));
			execve("/bin/sh", shell, environ);
			error = errno;
		}
	}
	fprintf(stderr, "bondrun: %s: %s\n", path, strerror(error));
	exit(error == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT);
}

static void add_quick(struct options *o, bool member)
{
	if (quick_add(&o->quick, member, optarg))
		return;
	fprintf(stderr, "bondrun: more than %d of --member and --to: write an INI\n", QUICK_MAX);
	exit(EXIT_OWN);
}

/* Asked for, and not guessed: SHELL is that of the login, and not of who evaluates. */
static void set_shell(struct options *o, const char *shell)
{
	o->env = true;
	o->fish = shell && strcmp(shell, "fish") == 0;
	if (!shell || o->fish || strcmp(shell, "sh") == 0)
		return;
	fprintf(stderr, "bondrun: --env=%s: write sh, which is for bash and zsh too, or fish\n", shell);
	exit(EXIT_OWN);
}

static void parse(int argc, char **argv, struct options *o)
{
	int c;

	while ((c = getopt_long(argc, argv, "+c:t::o:nvhV", long_options, NULL)) != -1) {
		switch (c) {
		case 'c': o->config = optarg; break;
		case 't': o->filter = optarg ? optarg : ""; break;
		case 'o': o->output = optarg; break;
		case 'n': o->dry_run = true; break;
		case 'v': o->verbose = true; break;
		case 'm': add_quick(o, true); break;
		case 'T': add_quick(o, false); break;
		case 'e': set_shell(o, optarg); break;
		case 'h': fputs(usage, stdout); exit(0);
		case 'V': puts("bondrun " BOND_VERSION); exit(0);
		default: fputs("Try bondrun -h\n", stderr); exit(EXIT_OWN);
		}
	}
	if (o->config && o->quick.count) {
		fputs("bondrun: -c names an INI, and --member and --to are another: take one of them\n", stderr);
		exit(EXIT_OWN);
	}
	if (o->env && o->dry_run) {
		fputs("bondrun: --env starts nothing: leave -n out\n", stderr);
		exit(EXIT_OWN);
	}
	if (!argv[optind] && !o->env) {
		fputs("bondrun: which program? Try bondrun -h\n", stderr);
		exit(EXIT_OWN);
	}
}

/* A file with errors would let nothing start in that shell. */
static void check_file(const char *file)
{
	struct config c;
	struct findings f;
	int error = config_load(&c, file, &f);
	bool later = findings_pass(&f);

	findings_print(&f, text_name(file), stderr, false);
	findings_free(&f);
	config_free(&c);
	if (error)
		exit(later ? EX_TEMPFAIL : EXIT_CONFIG);
}

/* For a shell, from which anything may be started. */
static int print_env(const char *library, bool tls, const char *tls_path, bool fish)
{
	prepend_library(library, tls ? tls_path : NULL);
	environment_export(stdout, fish);
	return fflush(stdout) || ferror(stdout) ? EXIT_OWN : 0;
}

int main(int argc, char **argv)
{
	static struct options o;
	struct elf_facts library;
	static struct preload_program program;
	char library_path[PATH_MAX], tls_path[PATH_MAX], path[PATH_MAX];

	parse(argc, argv, &o);
	argv += optind;
	library_find(library_path);
	library_read(library_path, &library);
	set_config(&o);
	set_trace(&o);
	const char *file = config_file();
	if (o.env && file)
		check_file(file);
	if (!argv[0]) {
		bool any = file && program_may_edit_tls(file) && find_tls_library(library_path, NULL, tls_path);
		return print_env(library_path, any, tls_path, o.fish);
	}
	find_program(argv[0], &o, path);
	check_program(&library, path, argv[0], &program);
	if (file && !o.dry_run)
		program_warn(file, &program);
	bool tls = file && program_look(file, &program,
		o.dry_run ? PROGRAM_SAY_NOTHING : o.verbose ? PROGRAM_SAY_ALL : PROGRAM_SAY_WARNINGS);
	tls = tls && find_tls_library(library_path, &program, tls_path);
	pacify_sanitizer(&program);
	if (o.env)
		return print_env(library_path, tls, tls_path, o.fish);
	prepend_library(library_path, tls ? tls_path : NULL);
	/* By it a child of a host knows what it is; this is a host of its own. */
	unsetenv("BOND_ACTIVE");
	if (o.dry_run) {
		print_dry_run(path, argv);
		return file ? program_report(file, &program) : 0;
	}
	start(path, argv);
}
