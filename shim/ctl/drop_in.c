/* SPDX-License-Identifier: MIT */
/* Settings: systemd.exec(5). */
#include "drop_in.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program.h"

/* ---- the program ---- */

static bool is_there(const struct drop_in *d, const char *path, int mode)
{
	char whole[PATH_MAX];
	return snprintf(whole, sizeof(whole), "%s%s", d->root, path) < PATH_MAX && access(whole, mode) == 0;
}

void drop_in_program(struct drop_in *d, struct findings *f)
{
	static const char *const folders[] = {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"};
	const char *command = unit_last(&d->unit, "ExecStart"), *name;
	char word[PATH_MAX - 32];

	*d->program = 0;
	if (!command || !unit_word(&command, word, sizeof(word))) {
		findings_say(f, FINDING_ERROR, "it starts no program (ExecStart=)");
		return;
	}
	name = word + strspn(word, "@-:+!|");
	if (strpbrk(name, "$%")) {
		findings_say(f, FINDING_WARNING, "what it starts is not known, %s: see bondctl check --for PROGRAM", name);
		return;
	}
	snprintf(d->program, sizeof(d->program), "%s", name);
	for (size_t i = 0; *name != '/' && i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(d->program, sizeof(d->program), "%s/%s", folders[i], name);
		if (is_there(d, d->program, X_OK))
			return;
	}
	if (!is_there(d, d->program, X_OK)) {
		findings_say(f, FINDING_ERROR, "there is no program %s", name);
		*d->program = 0;
	}
}

/* ---- what the service does not see ---- */

static bool is_below(const char *path, const char *folder)
{
	size_t n = strlen(folder);
	while (n > 1 && folder[n - 1] == '/')
		n--;
	return n && strncmp(path, folder, n) == 0 && (!path[n] || path[n] == '/' || n == 1);
}

/* Whether one word of all values of a list is the path or a folder above it. */
static bool lists(const struct unit *u, const char *key, const char *path)
{
	char word[PATH_MAX];
	const char *v;

	for (size_t n = 0; (v = unit_value(u, key, n)); n++)
		while (unit_word(&v, word, sizeof(word))) {
			const char *at = word + strspn(word, "-+");
			word[strcspn(word, ":")] = 0;
			if (is_below(path, at))
				return true;
		}
	return false;
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

static void check_seen_by(const struct drop_in *d, struct findings *f, const char *path)
{
	const struct unit *u = &d->unit;
	const char *by = hider(u, path), *root = unit_last(u, "RootDirectory");
	char inside[PATH_MAX];

	if (lists(u, "BindPaths", path) || lists(u, "BindReadOnlyPaths", path))
		return;
	if (by)
		findings_say(f, FINDING_ERROR, "%s= hides %s from it: put that elsewhere, or into BindReadOnlyPaths=", by, path);
	if (root && strcmp(root, "/") != 0 && snprintf(inside, sizeof(inside), "%s%s", root, path) < PATH_MAX &&
		!is_there(d, inside, F_OK))
		findings_say(f, FINDING_ERROR, "it runs in RootDirectory=%s, where there is no %s: put it there, or into BindReadOnlyPaths=",
			root, path);
}

/* ---- what it may not do ---- */

static bool wants_lookup(const struct config *c)
{
	for (size_t i = 0; i < c->member_count; i++)
		if (c->members[i].open == OPEN_LOOKUP)
			return true;
	return false;
}

/* Another user than root, that systemd makes of the process. */
static bool has_user(const struct unit *u)
{
	const char *user = unit_last(u, "User");
	return unit_is_on(u, "DynamicUser") || (user && strcmp(user, "root") != 0 && strcmp(user, "0") != 0);
}

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

/* What a file of variables says comes after Environment=. */
static void check_environment(const struct drop_in *d, struct findings *f)
{
	static const char *const names[] = {"LD_PRELOAD", "BOND_CONFIG"};
	char path[PATH_MAX];
	const char *v;

	for (size_t i = 0; i < 2; i++) {
		if (lists(&d->unit, "UnsetEnvironment", names[i]))
			findings_say(f, FINDING_ERROR, "UnsetEnvironment= takes %s away", names[i]);
		for (size_t n = 0; (v = unit_value(&d->unit, "EnvironmentFile", n)); n++) {
			v += *v == '-';
			if (snprintf(path, sizeof(path), "%s%s", d->root, v) < PATH_MAX && file_sets(path, names[i]))
				findings_say(f, FINDING_ERROR, "%s sets %s, which counts in place of the drop-in's: take it away there", v, names[i]);
		}
	}
}

void drop_in_check(const struct drop_in *d, struct findings *f)
{
	const struct unit *u = &d->unit;

	check_seen_by(d, f, d->library);
	check_seen_by(d, f, d->ini);
	check_environment(d, f);
	if (unit_last(u, "RootImage"))
		findings_say(f, FINDING_WARNING, "it runs in RootImage=, which has to have %s and %s", d->library, d->ini);
	if (unit_is_on(u, "PrivateNetwork"))
		findings_say(f, FINDING_WARNING, "PrivateNetwork= gives it a network of its own: the addresses of members have to be there");
	if (wants_lookup(d->config) && unit_is_on(u, "PrivateUsers"))
		findings_say(f, FINDING_ERROR, "PrivateUsers= keeps it from sk_lookup, which members ask for: write open = filter");
	if (unit_last(u, "AppArmorProfile") || unit_last(u, "SELinuxContext"))
		findings_say(f, FINDING_WARNING, "its profile (AppArmorProfile=, SELinuxContext=) has to let it read %s and %s", d->library, d->ini);
}

/* ---- the text ---- */

/* Preloads that the unit has are kept, behind libbond's. */
static void print_libraries(const struct drop_in *d, FILE *out)
{
	static const char name[] = "LD_PRELOAD=";
	char word[PATH_MAX], others[PATH_MAX] = "";
	const char *v;

	fputs(d->library, out);
	if (program_edits_tls(d->config))
		fprintf(out, ":%s", d->tls);
	for (size_t n = 0; (v = unit_value(&d->unit, "Environment", n)); n++)
		while (unit_word(&v, word, sizeof(word)))
			if (strncmp(word, name, sizeof(name) - 1) == 0)
				snprintf(others, sizeof(others), "%s", word + sizeof(name) - 1);
	for (char *rest = others, *one; (one = strtok_r(rest, " :", &rest));)
		if (!strstr(one, "/libbond"))
			fprintf(out, ":%s", one);
}

/* Lists of the unit are added to; a list that it does not have would take everything else away. */
static void print_more(const struct drop_in *d, FILE *out)
{
	const struct unit *u = &d->unit;

	if (unit_last(u, "RestrictAddressFamilies"))
		fputs("# To read the addresses of the machine; and those of members.\n"
		      "RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK\n", out);
	if (!wants_lookup(d->config))
		return;
	if (has_user(u))
		fputs("# For sk_lookup. libbond gives both up once the kernel has what it needs.\n"
		      "AmbientCapabilities=CAP_BPF CAP_NET_ADMIN\n", out);
	if (unit_last(u, "CapabilityBoundingSet"))
		fputs("CapabilityBoundingSet=CAP_BPF CAP_NET_ADMIN\n", out);
	if (unit_last(u, "SystemCallFilter"))
		fputs("SystemCallFilter=bpf\n", out);
}

char *drop_in_text(const struct drop_in *d, const char *pattern)
{
	const struct { const char *name, *value; } words[] = {{"{unit}", d->unit.name}, {"{library}", d->library},
		{"{ini}", d->ini}, {"{bondctl}", d->bondctl}};
	char *text = NULL;
	size_t n, i;
	FILE *out = open_memstream(&text, &n);

	for (const char *p = pattern; out && *p;) {
		for (i = 0; i < 4 && strncmp(p, words[i].name, strlen(words[i].name)) != 0; i++)
			;
		if (i < 4) {
			fputs(words[i].value, out);
			p += strlen(words[i].name);
		} else if (strncmp(p, "{libraries}", 11) == 0) {
			print_libraries(d, out);
			p += 11;
		} else if (strncmp(p, "{more}\n", 7) == 0) {
			print_more(d, out);
			p += 7;
		} else {
			putc(*p++, out);
		}
	}
	if (out && fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}
