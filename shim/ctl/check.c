/* SPDX-License-Identifier: MIT */
/* bondctl check: everything there is to say about a file, then one line of summary. */
#include "command.h"

#include <errno.h>
#include <stdlib.h>

#include "config/terminal.h"
#include "check_access.h"
#include "check_dns.h"
#include "check_host.h"

static size_t count_warnings(const struct findings *f)
{
	size_t warnings = 0;
	for (size_t i = 0; i < f->count; i++)
		warnings += f->items[i].kind == FINDING_WARNING;
	return warnings;
}

/* False: that file cannot be read. */
static bool check_for(const struct config *c, const char *file, size_t *warnings)
{
	struct findings f = {0};
	check_host(&f, c, file);
	findings_print(&f, file, stdout, true);
	bool good = f.error_count == 0;
	*warnings = count_warnings(&f);
	findings_free(&f);
	return good;
}

/* warnings: about the host's own configuration. */
static void summarise(const struct config *c, const struct findings *f, const char *file, bool good,
	size_t warnings)
{
	warnings += count_warnings(f);
	terminal_puts(stdout, file);
	fputs(": ", stdout);
	if (good)
		printf("%zu bond%s, %zu member%s, %zu route%s: ok", c->bond_count,
			plural(c->bond_count), c->member_count, plural(c->member_count),
			c->route_count, plural(c->route_count));
	else
		printf("%zu error%s", f->error_count, plural(f->error_count));
	if (warnings)
		printf(", %zu warning%s", warnings, plural(warnings));
	if (findings_pass(f))
		fputs("; what is not there now may come: a host that starts before ends with status 75", stdout);
	putchar('\n');
}

static int check_run(const struct command *self, int argc, char **argv)
{
	struct findings f;
	struct config c;
	static const struct option options[] = {
		{"dns", no_argument, NULL, 'd'}, {"user", required_argument, NULL, 'u'},
		{"for", required_argument, NULL, 'f'}, {0}};
	const char *user = NULL, *host = NULL;
	bool dns = false, read = true;
	size_t warnings = 0;
	int o;
	while ((o = next_option(self, argc, argv, options)) != -1)
		switch (o) {
		case 'd': dns = true; break;
		case 'u': user = optarg; break;
		case 'f': host = optarg; break;
		default: return EXIT_USAGE;
		}
	if (argc > optind + 1)
		return bad_usage(self, "too many arguments: \"%s\"", argv[optind + 1]);
	const char *file = optind < argc ? argv[optind] : default_file();
	if (user && !check_access_knows(user))
		return bad_usage(self, "--user: there is no user \"%s\" here", user);
	int error = config_load(&c, file, &f);
	if (error == 0 || error == EINVAL)
		check_access(&f, &c, file, user);
	if (error == 0 && dns)
		check_dns_findings(&f, &c, file);
	findings_print(&f, file, stdout, true);
	if (error == 0 && host)
		read = check_for(&c, host, &warnings);
	summarise(&c, &f, file, error == 0, warnings);
	findings_free(&f);
	config_free(&c);
	return error || !read ? EXIT_FAILURE : 0;
}

const struct command check_command = {
	.name = "check",
	.arguments = "[OPTIONS] [FILE]",
	.summary = "check a configuration: errors, warnings, what has no effect yet",
	.help = "Prints every error and warning of FILE with its line and a mark under the place, and a\n"
		"note for each key that is accepted but has no effect yet; then one line of summary.\n"
		"  --dns   also asks DNS: warns of domains that do not resolve, of bonds without a member for\n"
		"          what a domain leads to, and of addresses that domains of different bonds share\n"
		"  --user USER\n"
		"          also warns where USER, as whom the program runs, cannot read FILE; without it the\n"
		"          users that systemd starts the programs of FILE as\n"
		"  --for HOSTFILE\n"
		"          also warns of what in the configuration of Kamailio or OpenSIPS, HOSTFILE, keeps\n"
		"          libbond from knowing where a request came in, or from steering it\n"
		"Exit status: 0 if FILE can be used, 1 if it has errors.\n",
	.run = check_run,
};
