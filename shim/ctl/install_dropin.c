/* SPDX-License-Identifier: MIT */
/* bondctl install-dropin: puts a service of systemd under libbond, or in an image. Everything is looked at before
 * anything is written. */
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "check_access.h"
#include "config/attach.h"
#include "config/terminal.h"
#include "config/text.h"
#include "drop_in.h"
#include "installed.h"
#include "offline.h"
#include "rooted.h"

#define MARK "Written by bondctl install-dropin"

struct dropin_options {
	const char *file, *root, *unit;
	bool dry, force, remove;
};

/* Where the drop-in is to be. */
struct dropin_place {
	char folder[PATH_MAX], path[PATH_MAX];
};

static int complain(const char *what, const char *why)
{
	fputs("bondctl: ", stderr);
	terminal_puts(stderr, what);
	fprintf(stderr, ": %s\n", why);
	return EXIT_FAILURE;
}

static void place_of(struct dropin_place *p, const struct unit *u)
{
	char folder[PATH_MAX];

	*p->path = 0;
	snprintf(folder, sizeof(folder), "/etc/systemd/system/%s.d", u->name);
	if (!rooted_path(u->root, folder, p->folder) || snprintf(p->path, sizeof(p->path), "%s/" DROP_IN_NAME, p->folder) >= PATH_MAX)
		*p->path = 0;
}

/* ---- what belongs to it ---- */

static int find_files(struct drop_in *d)
{
	if (!installed_find_in(d->root, "libbond.so", d->library) || !installed_find_in(d->root, "libbond-tls.so", d->tls) ||
		!installed_find_program(d->root, "bondctl", d->bondctl)) {
		fprintf(stderr, "bondctl: there is no libbond.so, libbond-tls.so or bondctl %s%s: install libbond there\n",
			*d->root ? "installed in " : "beside this one", d->root);
		return EXIT_FAILURE;
	}
	if (strpbrk(d->library, " :\t\n%\"'"))
		return complain(d->library, "the loader cannot take a library of such a name");
	return 0;
}

static char *read_pattern(void)
{
	char path[PATH_MAX], *text;
	size_t n;

	if (!installed_find_shared("libbond@.conf", path) || text_read(path, &text, &n) != 0) {
		complain("libbond@.conf", "the template is not installed beside bondctl, in share/libbond");
		return NULL;
	}
	return text;
}

static int set_ini(struct drop_in *d, const char *file)
{
	char folder[PATH_MAX];

	if (*file == '/')
		snprintf(d->ini, sizeof(d->ini), "%s", file);
	else if (*d->root || !getcwd(folder, sizeof(folder)) ||
		snprintf(d->ini, sizeof(d->ini), "%s/%s", folder, file) >= PATH_MAX)
		return complain(file, "name it from / on, as the service sees it");
	if (strpbrk(d->ini, " \t\n%\"'\\"))
		return complain(d->ini, "its name has letters that systemd reads in another way: give it another one");
	return 0;
}

/* ---- checks ---- */

static void print_of(const char *file, struct findings *f, size_t *errors)
{
	findings_print(f, file, stderr, true);
	*errors += f->error_count;
	findings_free(f);
}

/* A list of an image, by its name in the INI. */
static int open_list(const struct attach *how, const char *name)
{
	char path[PATH_MAX], real[PATH_MAX];

	if (attach_path(how->folder, name, strlen(name), path) && rooted_path(how->ctx, path, real))
		return open(real, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	errno = ENAMETOOLONG;
	return -1;
}

/* config_load() of a file without links, of which the lists are in the image as well. */
static int load(struct drop_in *d, struct config *c, const char *path, struct findings *f)
{
	char folder[PATH_MAX], root[PATH_MAX];
	int fd = *d->root ? open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) : -1;

	if (fd < 0)
		return config_load(c, path, f);
	snprintf(root, sizeof(root), "%s", d->root);
	snprintf(folder, sizeof(folder), "%.*s", (int)(path_base(path) - path - strlen(root)), path + strlen(root));
	struct attach how = {.open = open_list, .folder = folder, .ctx = root};
	int error = config_load_open(c, path, fd, &how, f);
	close(fd);
	return error;
}

/* All that is wrong is printed; 0 or EXIT_FAILURE. */
static int check_all(struct drop_in *d, struct config *c)
{
	char path[PATH_MAX];
	struct findings f, service = {.items = NULL};
	const char *user = unit_last(&d->unit, "User");
	size_t errors = 0;

	if (!drop_in_ini(d, path))
		return complain(d->ini, strerror(ENAMETOOLONG));
	if (*d->root)
		offline_begin();
	bool bad = load(d, c, path, &f) != 0, passes = findings_pass(&f);
	if (!bad && !*d->root)
		check_access(&f, c, path, user && check_access_knows(user) ? user : NULL);
	print_of(path, &f, &errors);
	if (bad && passes) {
		fputs("bondctl: what is not there now may come: the service is tried again until it does\n", stderr);
		config_free(c);
		offline_begin();
		errors = 0;
		bad = load(d, c, path, &f) != 0;
		print_of(path, &f, &errors);
	}
	if (bad) {
		config_free(c);
		return EXIT_FAILURE;
	}
	d->config = c;
	drop_in_check(d, &service);
	print_of(d->unit.name, &service, &errors);
	return errors ? EXIT_FAILURE : 0;
}

/* ---- the file ---- */

static int make_folders(char *path)
{
	for (char *s = path + 1; (s = strchr(s, '/')); s++) {
		*s = 0;
		int failed = mkdir(path, 0755) != 0 && errno != EEXIST;
		*s = '/';
		if (failed)
			return errno;
	}
	return mkdir(path, 0755) != 0 && errno != EEXIST ? errno : 0;
}

/* Whole or not at all, as systemd may read it at any time. */
static int write_file(struct dropin_place *p, const char *text)
{
	char other[PATH_MAX + 16];
	size_t n = strlen(text);
	int error = make_folders(p->folder);

	if (error)
		return error;
	snprintf(other, sizeof(other), "%s/.libbond.XXXXXX", p->folder);
	int fd = mkostemp(other, O_CLOEXEC);
	if (fd < 0)
		return errno;
	ssize_t wrote = write(fd, text, n);
	error = wrote < 0 ? errno : (size_t)wrote != n ? ENOSPC : fchmod(fd, 0644) != 0 || fsync(fd) != 0 ? errno : 0;
	if (close(fd) != 0 && !error)
		error = errno;
	if (!error && rename(other, p->path) != 0)
		error = errno;
	if (error)
		unlink(other);
	return error;
}

/* Lines of systemd-analyze verify that name the drop-in are shown; whether there are any. What it says of other units is
 * not of it. */
static bool is_refused(const struct dropin_place *p, const struct unit *u)
{
	char *command, line[4096];
	bool refused = false;

	/* the paths are arguments, of no meaning to the shell */
	setenv("UNIT", u->name, 1);
	if (*u->root && asprintf(&command, "%s/etc/systemd/system:%s/run/systemd/system:%s/usr/local/lib/systemd/system:%s/usr/lib/systemd/system:%s/lib/systemd/system:",
			u->root, u->root, u->root, u->root, u->root) >= 0) {
		setenv("SYSTEMD_UNIT_PATH", command, 1);
		free(command);
	}
	FILE *in = popen("command -v systemd-analyze > /dev/null && exec systemd-analyze verify --man=no \"$UNIT\" 2>&1 < /dev/null", "re");
	while (in && fgets(line, sizeof(line), in))
		if (strstr(line, p->path)) {
			terminal_puts(stderr, line);
			putc('\n', stderr);
			refused = true;
		}
	if (in)
		pclose(in);
	return refused;
}

static char *read_old(const struct dropin_place *p)
{
	char *text = NULL;
	size_t n;
	return access(p->path, F_OK) == 0 && text_read(p->path, &text, &n) == 0 ? text : NULL;
}

static void say_next(const struct dropin_options *o, const struct unit *u)
{
	if (*o->root)
		printf("It counts when the machine of %s starts.\n", o->root);
	else
		printf("To begin: systemctl daemon-reload && systemctl restart %s\n", u->name);
}

static int put(const struct dropin_options *o, const struct drop_in *d, struct dropin_place *p, const char *text)
{
	char *old = read_old(p);
	int status = 0, error;

	if (o->dry) {
		printf("# %s\n%s", p->path, text);
	} else if (old && strcmp(old, text) == 0) {
		printf("%s is so already\n", p->path);
	} else if ((old || access(p->path, F_OK) == 0) && !(old && drop_in_is_own(old)) && !o->force) {
		status = complain(p->path, "it is there, and bondctl has not written it or it was changed since (see --dry-run). --force "
				"writes over it; what the service needs of its own goes into a file beside it");
	} else if ((error = write_file(p, text))) {
		status = complain(p->path, strerror(error));
	} else if (is_refused(p, &d->unit)) {
		error = old ? write_file(p, old) : (unlink(p->path), 0);
		status = complain(p->path, error ? strerror(error) : "systemd does not take it: it is as before");
	} else {
		printf("%s: %s starts with libbond, by %s\n", p->path, d->unit.name, d->ini);
		say_next(o, &d->unit);
	}
	free(old);
	return status;
}

static int take_away(const struct dropin_options *o, const struct unit *u, const struct dropin_place *p)
{
	char *old = read_old(p);
	int status = 0;

	if (access(p->path, F_OK) != 0)
		status = complain(p->path, "there is none");
	else if (!(old && drop_in_is_own(old)) && !o->force)
		status = complain(p->path, old && strstr(old, MARK)
			? "it was changed since bondctl wrote it, and stays: --force takes it away with the changes"
			: "bondctl has not written it, and it stays: --force takes it away");
	else if (o->dry)
		printf("%s would be taken away\n", p->path);
	else if (unlink(p->path) != 0)
		status = complain(p->path, strerror(errno));
	else {
		rmdir(p->folder); /* unless something else is there */
		printf("%s is taken away\n", p->path);
		say_next(o, u);
	}
	free(old);
	return status;
}

static int install(const struct dropin_options *o, struct drop_in *d, struct dropin_place *p)
{
	struct config c;

	if (find_files(d) || set_ini(d, o->file ? o->file : default_file()))
		return EXIT_FAILURE;
	char *pattern = read_pattern();
	int status = pattern ? check_all(d, &c) : EXIT_FAILURE;
	if (!status) {
		char *text = drop_in_text(d, pattern);
		status = text ? put(o, d, p, text) : complain(d->unit.name, "out of memory");
		free(text);
	}
	if (d->config)
		config_free(&c);
	free(pattern);
	if (status && !o->file && !*o->root)
		tell_default(default_file());
	if (status)
		fputs("bondctl: nothing was changed\n", stderr);
	return status;
}

static int for_unit(const struct dropin_options *o)
{
	static struct drop_in d;
	struct dropin_place p;

	d.root = o->root;
	int error = unit_read(&d.unit, o->root, o->unit, DROP_IN_NAME), status;
	place_of(&p, &d.unit);
	if (!error && *d.unit.alias)
		fprintf(stderr, "bondctl: %s is another name of %s\n", d.unit.alias, d.unit.name);
	if (error && !(o->remove && error == ENOENT))
		status = complain(o->unit, error == ENOENT ? "there is no service of that name: see systemctl list-unit-files"
			: error == ECANCELED ? "this service is masked: systemctl unmask takes that away"
			: error == EINVAL ? "this is no name of a service" : strerror(error));
	else
		status = o->remove ? take_away(o, &d.unit, &p) : install(o, &d, &p);
	unit_free(&d.unit);
	return status;
}

static int install_dropin_run(const struct command *self, int argc, char **argv)
{
	static const struct option options[] = {{"config", required_argument, NULL, 'c'}, {"root", required_argument, NULL, 'r'},
		{"dry-run", no_argument, NULL, 'n'}, {"force", no_argument, NULL, 'f'}, {"remove", no_argument, NULL, 'd'}, {0}};
	struct dropin_options o = {.root = ""};
	char root[PATH_MAX];
	int found;

	while ((found = next_option(self, argc, argv, options)) != -1)
		switch (found) {
		case 'c': o.file = optarg; break;
		case 'r':
			if (!realpath(optarg, root))
				return bad_usage(self, "--root: %s: %s", optarg, strerror(errno));
			o.root = strcmp(root, "/") == 0 ? "" : root;
			break;
		case 'n': o.dry = true; break;
		case 'f': o.force = true; break;
		case 'd': o.remove = true; break;
		default: return EXIT_USAGE;
		}
	if (argc - optind != 1)
		return bad_usage(self, argc == optind ? "which service?" : "too many arguments: \"%s\"", argc == optind ? "" : argv[optind + 1]);
	o.unit = argv[optind];
	return for_unit(&o);
}

const struct command install_dropin_command = {
	.name = "install-dropin",
	.arguments = "[OPTIONS] SERVICE",
	.summary = "put a service of systemd under libbond",
	.help = "Writes /etc/systemd/system/SERVICE.service.d/libbond.conf, with which systemd starts SERVICE with libbond:\n"
		"libbond-tls.so too where FILE has members of tls or wss, and the capabilities for sk_lookup where\n"
		"members ask for it and the service has a User=. Before that FILE, the program of the service and its\n"
		"settings are checked: nothing is written where libbond could not be loaded, or its files be read. A\n"
		"drop-in that others wrote, or changed, stays as it is.\n\n"
		"  --config FILE  what the service reads, as it sees it\n"
		"  --root DIR     the service, FILE and libbond are those of an image below DIR; its interfaces and\n"
		"                 names are taken as they stand\n"
		"  --dry-run      print it, and write nothing\n"
		"  --force        write over another one; with --remove, take away what others wrote or\n"
		"                 changed\n"
		"  --remove       take it away\n\n"
		"Exit status: 0; 1 where nothing was changed as something is wrong; 2 wrong use.\n",
	.run = install_dropin_run,
};
