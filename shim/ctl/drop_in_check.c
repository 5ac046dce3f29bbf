/* SPDX-License-Identifier: MIT */
/* Settings: systemd.exec(5), systemd.service(5). */
#include "drop_in.h"

#include <glob.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "check_program.h"
#include "program.h"
#include "rooted.h"

#define NOBODY ((uid_t)-2) /* stands for a user of whom no more is known than that it is not root */

static bool is_there(const struct drop_in *d, const char *path, int mode)
{
	char whole[PATH_MAX];
	return rooted_path(d->root, path, whole) && access(whole, mode) == 0;
}

/* ---- the programs ---- */

/* As whom it is started, by the names that the image has. +: as root, whatever User= is. */
static struct preload_starter starter_of(const struct drop_in *d, bool full)
{
	const struct unit *u = &d->unit;
	const char *name = unit_last(u, "User");
	struct preload_starter by = {.no_new = unit_is_on(u, "NoNewPrivileges")};
	const struct passwd *p = NULL;
	char path[PATH_MAX], *end;

	if (full || (name ? strcmp(name, "root") == 0 : !unit_is_on(u, "DynamicUser")))
		return by;
	FILE *in = name && rooted_path(d->root, "/etc/passwd", path) ? fopen(path, "re") : NULL;
	while (in && (p = fgetpwent(in)) && strcmp(p->pw_name, name) != 0)
		;
	if (!p && name && !*d->root)
		p = getpwnam(name);
	by.user = p ? p->pw_uid : NOBODY;
	by.group = p ? p->pw_gid : (gid_t)NOBODY;
	if (!p && name && *name) {
		unsigned long number = strtoul(name, &end, 10);
		by.user = *end ? by.user : (uid_t)number;
	}
	if (in)
		fclose(in);
	return by;
}

/* Runs other programs by what is written in it: those are what `program` may name. */
static bool is_script(const char *path)
{
	static const char *const shells[] = {"sh", "bash", "dash", "zsh", "ksh", "env", "perl"};
	char head[2] = "";
	FILE *in = fopen(path, "re");
	bool script = in && fread(head, 1, 2, in) == 2 && memcmp(head, "#!", 2) == 0;

	if (in)
		fclose(in);
	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++)
		script = script || strcmp(path_base(path), shells[i]) == 0;
	return script;
}

/* What may be said of it is an error here, if it keeps libbond from its work. */
static void check_one(const struct drop_in *d, const char *path, bool full, struct findings *f)
{
	struct check_sight sight = {.program = NULL};
	struct preload_starter by = starter_of(d, full);
	char whole[PATH_MAX], found[PATH_MAX];

	if (!rooted_path(d->root, path, whole) || !check_program_is(whole, found, sizeof(found)))
		return;
	size_t before = f->error_count;
	check_program(f, d->config, found, &by, &sight);
	if (!*sight.idle || f->error_count != before)
		return;
	if (is_script(found))
		findings_say(f, FINDING_WARNING, "%s starts others: those that `program` names will have libbond", path);
	else
		findings_say(f, FINDING_ERROR, "it would run as without libbond: name it in `program` of [host]");
}

/* env(1), of which the words follow: those up to the program are read. False: it takes the library away. */
static bool read_env(const char **words, struct findings *f)
{
	char word[PATH_MAX];
	const char *before = *words;

	for (; unit_word(words, word, sizeof(word)); before = *words) {
		bool next = strcmp(word, "-u") == 0 || strcmp(word, "--unset") == 0;
		bool all = strcmp(word, "-") == 0 || strcmp(word, "-i") == 0 || strcmp(word, "--ignore-environment") == 0;
		const char *unset = strncmp(word, "-u", 2) == 0 ? word + 2 : strncmp(word, "--unset=", 8) == 0 ? word + 8 : "";
		bool one = strcmp(unset, "LD_PRELOAD") == 0 || strcmp(unset, "BOND_CONFIG") == 0;
		if (next && unit_word(words, word, sizeof(word)))
			one = strcmp(word, "LD_PRELOAD") == 0 || strcmp(word, "BOND_CONFIG") == 0;
		if (all || one) {
			findings_say(f, FINDING_ERROR, "ExecStart= starts env, which takes LD_PRELOAD or BOND_CONFIG away: leave that out");
			return false;
		}
		if (strncmp(word, "LD_PRELOAD=", 11) == 0) {
			findings_say(f, FINDING_ERROR, "ExecStart= has env set LD_PRELOAD: write it as Environment=, of which it is kept");
			return false;
		}
		if (*word != '-' && !strchr(word, '='))
			break;
	}
	*words = before;
	return true;
}

/* Where it is, into path; false: that is said. */
static bool find_program(const struct drop_in *d, const char *name, bool variables, char path[PATH_MAX], struct findings *f)
{
	static const char *const folders[] = {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"};
	const char *root = unit_last(&d->unit, "RootDirectory");
	char inside[PATH_MAX];

	if ((variables && strchr(name, '$')) || strchr(name, '%') || (*name != '/' && unit_last(&d->unit, "ExecSearchPath"))) {
		findings_say(f, FINDING_WARNING, "what it starts is not known, %s: see bondctl check --for PROGRAM", name);
		return false;
	}
	for (size_t i = 0; *name != '/' && i < sizeof(folders) / sizeof(folders[0]); i++)
		if (snprintf(path, PATH_MAX, "%s/%s", folders[i], name) < PATH_MAX && is_there(d, path, X_OK))
			return true;
	snprintf(path, PATH_MAX, "%s", name);
	if (*name == '/' && root && snprintf(inside, sizeof(inside), "%s%s", root, name) < PATH_MAX && is_there(d, inside, X_OK))
		strcpy(path, inside);
	if (*name == '/' && is_there(d, path, X_OK))
		return true;
	findings_say(f, FINDING_ERROR, "there is no program %s", name);
	return false;
}

static void check_command(const struct drop_in *d, const char *command, struct findings *f)
{
	char word[PATH_MAX], path[PATH_MAX];

	if (!unit_word(&command, word, sizeof(word)))
		return;
	size_t marks = strspn(word, "@-:+!|");
	bool full = memchr(word, '+', marks), plain = memchr(word, ':', marks);
	if (memchr(word, '@', marks)) {
		const char *rest = command; /* its argv[0] is no word of the program's */
		char other[PATH_MAX];
		if (unit_word(&rest, other, sizeof(other)))
			command = rest;
	}
	if (strcmp(path_base(word + marks), "env") == 0) {
		if (!read_env(&command, f) || !unit_word(&command, word, sizeof(word)))
			return;
		marks = 0;
	}
	if (find_program(d, word + marks, !plain, path, f))
		check_one(d, path, full, f);
}

static void check_programs(const struct drop_in *d, struct findings *f)
{
	const char *command;
	size_t n = 0;

	for (; (command = unit_value(&d->unit, "ExecStart", n)); n++)
		check_command(d, command, f);
	if (!n)
		findings_say(f, FINDING_ERROR, "it starts no program (ExecStart=)");
}

/* ---- what the service does not see ---- */

static bool is_below(const char *path, const char *folder)
{
	size_t n = strlen(folder);
	while (n > 1 && folder[n - 1] == '/')
		n--;
	return n && strncmp(path, folder, n) == 0 && (!path[n] || path[n] == '/' || n == 1);
}

/* Whether one word of all values of a list is the path or a folder above it; of SOURCE:PLACE:OPTIONS the source counts, or
 * the place. */
static bool covers(const struct unit *u, const char *key, const char *path, bool place)
{
	char word[PATH_MAX];
	const char *v;

	for (size_t n = 0; (v = unit_value(u, key, n)); n++)
		while (unit_word(&v, word, sizeof(word))) {
			char *second = place ? strchr(word, ':') : NULL;
			char *at = second ? second + 1 : word + strspn(word, "-+");
			at[strcspn(at, ":")] = 0;
			if (is_below(path, at))
				return true;
		}
	return false;
}

static bool lists(const struct unit *u, const char *key, const char *path)
{
	return covers(u, key, path, false);
}

/* Whether it is bound to where the service sees it. */
static bool binds(const struct unit *u, const char *key, const char *path)
{
	return covers(u, key, path, true);
}

static const char *hider(const struct unit *u, const char *path)
{
	bool dynamic = unit_is_on(u, "DynamicUser");
	const char *home = unit_last(u, "ProtectHome");

	if ((is_below(path, "/tmp") || is_below(path, "/var/tmp")) && (dynamic || unit_is_on(u, "PrivateTmp")))
		return dynamic ? "DynamicUser" : "PrivateTmp";
	if ((is_below(path, "/home") || is_below(path, "/root") || is_below(path, "/run/user")) &&
		unit_is_on(u, "ProtectHome") && strcmp(home, "read-only") != 0)
		return "ProtectHome";
	if (lists(u, "InaccessiblePaths", path))
		return "InaccessiblePaths";
	return lists(u, "TemporaryFileSystem", path) ? "TemporaryFileSystem" : NULL;
}

bool drop_in_ini(const struct drop_in *d, char path[PATH_MAX])
{
	const struct unit *u = &d->unit;
	const char *root = unit_last(u, "RootDirectory");
	char inside[PATH_MAX];

	if (root && strcmp(root, "/") != 0 && !binds(u, "BindPaths", d->ini) && !binds(u, "BindReadOnlyPaths", d->ini) &&
		snprintf(inside, sizeof(inside), "%s%s", root, d->ini) < PATH_MAX && is_there(d, inside, F_OK))
		return rooted_path(d->root, inside, path);
	return rooted_path(d->root, d->ini, path);
}

static void check_seen_by(const struct drop_in *d, struct findings *f, const char *path)
{
	const struct unit *u = &d->unit;
	const char *by = hider(u, path), *root = unit_last(u, "RootDirectory");
	char inside[PATH_MAX];

	if (binds(u, "BindPaths", path) || binds(u, "BindReadOnlyPaths", path))
		return;
	if (by)
		findings_say(f, FINDING_ERROR, "%s= hides %s from it: put that elsewhere, or into BindReadOnlyPaths=", by, path);
	if (root && strcmp(root, "/") != 0 && snprintf(inside, sizeof(inside), "%s%s", root, path) < PATH_MAX &&
		!is_there(d, inside, F_OK))
		findings_say(f, FINDING_ERROR, "it runs in RootDirectory=%s, where there is no %s: put it there, or into BindReadOnlyPaths=",
			root, path);
}

/* Where libbond puts what bondctl reads; without it the service runs all the same. */
static void check_seat(const struct unit *u, struct findings *f)
{
	static const char seat[] = "/dev/shm";
	const char *by = hider(u, seat);

	if (!by && lists(u, "ReadOnlyPaths", seat) && !lists(u, "ReadWritePaths", seat))
		by = "ReadOnlyPaths";
	if (by && !binds(u, "BindPaths", seat) && !drop_in_sets(u, "XDG_RUNTIME_DIR") && !unit_lists(u, "TemporaryFileSystem", "/dev/shm:mode=1777"))
		findings_say(f, FINDING_WARNING, "%s= keeps it from writing to %s, where bondctl status and reload look for it: give it "
			"RuntimeDirectory=NAME and Environment=XDG_RUNTIME_DIR=/run/NAME", by, seat);
}

/* ---- what it is given ---- */

static bool file_sets(const char *path, const char *name)
{
	char line[4096];
	size_t n = strlen(name);
	bool found = false;
	FILE *in = fopen(path, "re");

	while (in && !found && fgets(line, sizeof(line), in)) {
		const char *s = line + strspn(line, " \t");
		found = strncmp(s, name, n) == 0 && s[n] == '=';
	}
	if (in)
		fclose(in);
	return found;
}

static void check_file(const struct drop_in *d, const char *file, const char *name, struct findings *f)
{
	const char *shown = file + strlen(d->root);
	if (file_sets(file, name))
		findings_say(f, FINDING_ERROR, "%s sets %s, which counts in place of the drop-in's: take it away there", shown, name);
}

/* A file of variables comes after Environment=; its name may be a pattern. */
static void check_files(const struct drop_in *d, const char *name, struct findings *f)
{
	char path[PATH_MAX], pattern[PATH_MAX * 2], dir[PATH_MAX];
	const char *v;
	glob_t found;

	for (size_t n = 0; (v = unit_value(&d->unit, "EnvironmentFile", n)); n++) {
		v += *v == '-';
		if (*v != '/')
			continue;
		if (!strpbrk(v, "*?[")) {
			if (rooted_path(d->root, v, path))
				check_file(d, path, name, f);
			continue;
		}
		snprintf(dir, sizeof(dir), "%.*s", (int)(path_base(v) - v) - 1, v);
		if (strpbrk(dir, "*?[") || !rooted_path(d->root, dir, path))
			snprintf(path, sizeof(path), "%s%s", d->root, dir);
		snprintf(pattern, sizeof(pattern), "%s/%s", path, path_base(v));
		if (glob(pattern, 0, NULL, &found) != 0)
			continue;
		for (size_t i = 0; i < found.gl_pathc; i++)
			check_file(d, found.gl_pathv[i], name, f);
		globfree(&found);
	}
}

/* Drop-ins are read by their names: what one behind this says of the environment counts. */
static void check_later(const struct drop_in *d, struct findings *f)
{
	const struct unit *u = &d->unit;
	char word[PATH_MAX];

	for (size_t i = 0; i < u->count; i++) {
		const struct unit_setting *s = &u->settings[i];
		if (strcmp(s->key, "Environment") != 0 || strcmp(s->file, u->path) == 0 || strcmp(path_base(s->file), DROP_IN_NAME) <= 0)
			continue;
		const char *what = *s->value ? NULL : "Environment= of what comes before it";
		for (const char *v = s->value; !what && unit_word(&v, word, sizeof(word));)
			if (strncmp(word, "BOND_CONFIG=", 12) == 0 || (strncmp(word, "LD_PRELOAD=", 11) == 0 && !strstr(word, d->library)))
				what = *word == 'B' ? "BOND_CONFIG" : "LD_PRELOAD";
		if (what)
			findings_say(f, FINDING_ERROR, "%s comes after " DROP_IN_NAME " and resets %s: rename it to come before, as 10-%s, where "
				"its LD_PRELOAD is kept", s->file, what, path_base(s->file));
	}
}

static void check_environment(const struct drop_in *d, struct findings *f)
{
	static const char *const names[] = {"LD_PRELOAD", "BOND_CONFIG"};

	for (size_t i = 0; i < 2; i++) {
		if (lists(&d->unit, "UnsetEnvironment", names[i]))
			findings_say(f, FINDING_ERROR, "UnsetEnvironment= takes %s away", names[i]);
		check_files(d, names[i], f);
	}
	check_later(d, f);
}

/* A list of what may be called, other than what systemd calls usual for services, may lack what libbond does. */
static void check_calls(const struct unit *u, struct findings *f)
{
	const char *v = unit_value(u, "SystemCallFilter", 0);

	if (v && *v != '~' && !unit_lists(u, "SystemCallFilter", "@system-service"))
		findings_say(f, FINDING_WARNING, "SystemCallFilter= may lack what libbond calls at the start: add @system-service");
}

void drop_in_check(const struct drop_in *d, struct findings *f)
{
	const struct unit *u = &d->unit;

	check_programs(d, f);
	check_seen_by(d, f, d->library);
	if (program_edits_tls(d->config))
		check_seen_by(d, f, d->tls);
	check_seen_by(d, f, d->ini);
	check_seat(u, f);
	check_environment(d, f);
	check_calls(u, f);
	if (lists(u, "NoExecPaths", d->library) && !lists(u, "ExecPaths", d->library))
		findings_say(f, FINDING_ERROR, "NoExecPaths= keeps the loader from taking %s: put that into ExecPaths=", d->library);
	if (unit_last(u, "RootImage"))
		findings_say(f, FINDING_WARNING, "it runs in RootImage=, which has to have %s and %s", d->library, d->ini);
	if (drop_in_reload(u) == DROP_IN_RELOAD_NOT)
		findings_say(f, FINDING_WARNING, "systemctl reload will not reach it, as its other commands run in its %s= too: reload it by "
			"bondctl reload, or write RootDirectoryStartOnly=yes where they can run outside", unit_last(u, "RootImage") ? "RootImage" : "RootDirectory");
	if (unit_is_on(u, "PrivateNetwork"))
		findings_say(f, FINDING_WARNING, "PrivateNetwork= gives it a network of its own: the addresses of members have to be there");
	if (drop_in_wants_lookup(d->config) && unit_is_on(u, "PrivateUsers"))
		findings_say(f, FINDING_ERROR, "PrivateUsers= keeps it from sk_lookup, which members ask for: write open = filter");
	if (unit_last(u, "AppArmorProfile") || unit_last(u, "SELinuxContext"))
		findings_say(f, FINDING_WARNING, "its profile (AppArmorProfile=, SELinuxContext=) has to let it read %s and %s", d->library, d->ini);
}
