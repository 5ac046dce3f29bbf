/* SPDX-License-Identifier: MIT */
/* bondctl check: everything there is to say about a file, then one line of summary. */
#include "bondctl.h"

#include <stdlib.h>

static void summarise(const struct config *c, const struct findings *f, const char *file, bool good)
{
	size_t warnings = 0;
	for (size_t i = 0; i < f->count; i++)
		warnings += f->items[i].kind == FINDING_WARNING;
	printf("%s: ", file);
	if (good)
		printf("%zu bond%s, %zu member%s, %zu route%s: ok", c->bond_count, plural(c->bond_count),
			c->member_count, plural(c->member_count), c->route_count,
			plural(c->route_count));
	else
		printf("%zu error%s", f->error_count, plural(f->error_count));
	if (warnings)
		printf(", %zu warning%s", warnings, plural(warnings));
	putchar('\n');
}

static int run(const struct command *self, int argc, char **argv)
{
	struct findings f;
	struct config c;
	const char *file = argc > 1 ? argv[1] : default_file();
	if (argc > 2)
		return bad_usage(self, "too many arguments: \"%s\"", argv[2]);
	if (file[0] == '-' && file[1])
		return bad_usage(self, "unknown option \"%s\"", file);
	int error = config_load(&c, file, &f);
	findings_print(&f, file, stdout, true);
	summarise(&c, &f, file, error == 0);
	findings_free(&f);
	if (error == 0)
		config_free(&c);
	return error ? EXIT_FAILURE : 0;
}

const struct command check_command = {
	.name = "check",
	.arguments = "[FILE]",
	.summary = "check a configuration: errors, warnings, what has no effect yet",
	.help = "Prints every error and warning of FILE with its line and a mark under the place, and a\n"
		"note for each key that is accepted but has no effect yet; then one line of summary.\n"
		"Exit status: 0 if FILE can be used, 1 if it has errors.\n",
	.run = run,
};
