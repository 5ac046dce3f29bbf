/* SPDX-License-Identifier: MIT */
/* Settings: systemd.exec(5). */
#include "drop_in.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program.h"

bool drop_in_wants_lookup(const struct config *c)
{
	for (size_t i = 0; i < c->member_count; i++)
		if (c->members[i].open == OPEN_LOOKUP)
			return true;
	return false;
}

enum drop_in_reload drop_in_reload(const struct unit *u)
{
	static const char *const others[] = {"ExecCondition", "ExecStartPre", "ExecStartPost", "ExecReload", "ExecStop", "ExecStopPost"};
	const char *root = unit_last(u, "RootDirectory");

	if (unit_is_on(u, "RootDirectoryStartOnly") || (!unit_last(u, "RootImage") && (!root || strcmp(root, "/") == 0)))
		return DROP_IN_RELOAD_WORKS;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (unit_last(u, others[i]))
			return DROP_IN_RELOAD_NOT;
	return DROP_IN_RELOAD_OUTSIDE;
}

/* Whether it would not have the capabilities of root: by another user, or by SecureBits=. */
static bool has_few_capabilities(const struct unit *u)
{
	const char *user = unit_last(u, "User");

	return unit_lists(u, "SecureBits", "noroot") || unit_lists(u, "SecureBits", "noroot-locked") || unit_is_on(u, "DynamicUser") || (user && strcmp(user, "root") != 0 && strcmp(user, "0") != 0);
}

/* Preloads that the unit has are kept, behind libbond's, as they stand: systemd will expand them again. */
static void print_libraries(const struct drop_in *d, FILE *out)
{
	static const char name[] = "LD_PRELOAD=";
	char word[PATH_MAX], others[PATH_MAX] = "";
	const struct unit_setting *s;

	fputs(d->library, out);
	if (program_edits_tls(d->config))
		fprintf(out, ":%s", d->tls);
	for (size_t n = 0; (s = unit_setting(&d->unit, "Environment", n)); n++)
		for (const char *v = s->raw; unit_word(&v, word, sizeof(word));)
			if (strncmp(word, name, sizeof(name) - 1) == 0)
				snprintf(others, sizeof(others), "%s", word + sizeof(name) - 1);
	for (char *rest = others, *one; (one = strtok_r(rest, " :", &rest));)
		if (!strstr(one, "/libbond"))
			fprintf(out, ":%s", one);
}

/* A root of its own is that of commands with + as well, and bondctl sees no service from there. */
static void print_reload(const struct drop_in *d, FILE *out)
{
	enum drop_in_reload reload = drop_in_reload(&d->unit);

	if (reload == DROP_IN_RELOAD_NOT) {
		fputs("# No ExecReload=: its commands run in the root of the service, from where bondctl sees no service. Instead, as root:\n"
		      "# bondctl reload PROGRAM. Where they can run outside as well, the unit may have RootDirectoryStartOnly=yes.\n", out);
		return;
	}
	fprintf(out, "# systemctl reload: other bonds and routes while calls go on. A file with errors changes nothing. As root (+), since\n"
		     "# of PrivateTmp=, ProtectSystem= and the like each command has its own, from where it sees the service no more.\n"
		     "ExecReload=+%s reload $MAINPID\n", d->bondctl);
	if (reload == DROP_IN_RELOAD_OUTSIDE)
		fputs("# What its root is + leaves as it is: that is for ExecStart= alone, which is its only command.\n"
		      "RootDirectoryStartOnly=yes\n", out);
}

bool drop_in_sets(const struct unit *u, const char *name)
{
	char word[PATH_MAX];
	size_t n = strlen(name);
	const char *v;

	for (size_t i = 0; (v = unit_value(u, "Environment", i)); i++)
		while (unit_word(&v, word, sizeof(word)))
			if (strncmp(word, name, n) == 0 && word[n] == '=')
				return true;
	return false;
}

/* Where the main process counts its status says it all, and RestartPreventExitStatus= asks no other one. */
static void print_check(const struct drop_in *d, FILE *out)
{
	const struct unit *u = &d->unit;
	const char *type = unit_last(u, "Type");

	if (!type || strcmp(type, "forking") != 0 || drop_in_reload(u) != DROP_IN_RELOAD_WORKS || unit_last(u, "RootDirectory") ||
		unit_last(u, "RootImage") || drop_in_sets(u, "BOND_ON_ERROR") || strchr(d->ini, '$'))
		return;
	fprintf(out, "# So that systemctl status names a bad file: of Type=forking it shows neither what was printed nor why.\n"
		     "# It is not for BOND_ON_ERROR=pass: with that in the service, bondctl install-dropin leaves it out.\n"
		     "ExecStartPre=+%s check %s\n", d->bondctl, d->ini);
}

/* Lists of the unit are added to; a list that it does not have would take everything else away. */
static void print_more(const struct drop_in *d, FILE *out)
{
	const struct unit *u = &d->unit;

	print_check(d, out);
	if (unit_last(u, "RestrictAddressFamilies"))
		fputs("# To read the addresses of the machine; and those of members.\n"
		      "RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK\n", out);
	if (!drop_in_wants_lookup(d->config))
		return;
	if (has_few_capabilities(u))
		fputs("# For sk_lookup. libbond gives both up once the kernel has what it needs.\n"
		      "AmbientCapabilities=CAP_BPF CAP_NET_ADMIN\n", out);
	if (unit_names(u, "CapabilityBoundingSet")) /* an empty one has none */
		fputs("CapabilityBoundingSet=CAP_BPF CAP_NET_ADMIN\n", out);
	if (unit_last(u, "SystemCallFilter"))
		fputs("SystemCallFilter=bpf\n", out);
}

/* The last line: a sum of what is before it (FNV-1a), by which bondctl knows its own text again. */
#define SEAL "# As bondctl wrote it: "

static uint64_t sum_of(const char *text, size_t n)
{
	uint64_t sum = 0xcbf29ce484222325;

	while (n--)
		sum = (sum ^ (unsigned char)*text++) * 0x100000001b3;
	return sum;
}

static char *sealed(char *text, size_t n)
{
	char *whole = NULL;

	if (asprintf(&whole, "%s" SEAL "%016" PRIx64 "\n", text, sum_of(text, n)) < 0)
		whole = NULL;
	free(text);
	return whole;
}

bool drop_in_is_own(const char *text)
{
	const char *seal = strstr(text, "\n" SEAL);
	char line[sizeof(SEAL) + 32];

	if (!seal++)
		return false;
	snprintf(line, sizeof(line), SEAL "%016" PRIx64 "\n", sum_of(text, (size_t)(seal - text)));
	return strcmp(seal, line) == 0;
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
		} else if (strncmp(p, "{reload}\n", 9) == 0) {
			print_reload(d, out);
			p += 9;
		} else if (strncmp(p, "{more}\n", 7) == 0) {
			print_more(d, out);
			p += 7;
		} else if (strncmp(p, "{seal}\n", 7) == 0) {
			break;
		} else {
			putc(*p++, out);
		}
	}
	if (out && fclose(out) == 0)
		return sealed(text, n);
	free(text);
	return NULL;
}
