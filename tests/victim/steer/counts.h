/* SPDX-License-Identifier: MIT */
/* What `bondctl status` counts of the victim itself: one line for each member and route of which anything is
 * counted, and one for what is the host's as such. */
#ifndef COUNTS_H
#define COUNTS_H

#include "steer.h"

/* bondctl lies beside the library. */
static const char *beside_library(void)
{
	static char line[4096];
	FILE *maps = fopen("/proc/self/maps", "r");
	char *end = NULL;

	while (!end && fgets(line, sizeof(line), maps))
		end = strstr(line, "/libbond.so");
	fclose(maps);
	if (!end)
		die("no libbond.so");
	*end = '\0';
	return strchr(line, '/');
}

static const char show_counts[] =
	"import json, sys\n"
	"s = json.load(sys.stdin)\n"
	"def show(what, counts):\n"
	"    some = [f'{n.replace(chr(95), chr(32))} {v}' for n, v in counts.items() if v]\n"
	"    if some: print(what + ': ' + ', '.join(some), flush=True)\n"
	"for b in s['bonds']:\n"
	"    for m in b['members']: show(m['name'], m['counts'])\n"
	"    show(b['name'], b['counts'])\n"
	"    show(b['name'] + ' without a member', b['without_member'])\n"
	"for r in s['routes']: show('route ' + r['name'], r['counts'])\n"
	"show('no route', s['unassigned'])\n";

static void say_counts(const char *title)
{
	char command[9000];

	say("-- %s", title);
	snprintf(command, sizeof(command),
		"env -i XDG_RUNTIME_DIR=\"$XDG_RUNTIME_DIR\" %s/bondctl status --json %d | "
		"env -i /usr/bin/python3 -c \"$SHOW\"",
		beside_library(), (int)getpid());
	setenv("SHOW", show_counts, 1);
	unsetenv("LD_PRELOAD");
	if (system(command) != 0)
		die("bondctl");
}

#endif
