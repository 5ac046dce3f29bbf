/* SPDX-License-Identifier: MIT */
#include "environment.h"

#include <stdlib.h>

static const char *const names[] = {"LD_PRELOAD", "BOND_CONFIG", "BOND_TRACE", "BOND_TRACE_FILE", "ASAN_OPTIONS"};
#define NAMES (sizeof(names) / sizeof(names[0]))

void environment_print(FILE *out)
{
	for (size_t i = 0; i < NAMES; i++)
		if (getenv(names[i]))
			fprintf(out, "%s=%s\n", names[i], getenv(names[i]));
}

void environment_export(FILE *out, bool fish)
{
	for (size_t i = 0; i < NAMES; i++) {
		const char *value = getenv(names[i]);
		if (!value)
			continue;
		fprintf(out, fish ? "set -gx %s '" : "export %s='", names[i]);
		for (; *value; value++)
			if (*value == '\'' || (fish && *value == '\\'))
				fprintf(out, "'\\%c'", *value);
			else
				putc(*value, out);
		fputs("'\n", out);
	}
	/* set -e fails where there is no such variable, and that would be the status of all */
	fputs(fish ? "set -gx BOND_ACTIVE\nset -ge BOND_ACTIVE\n" : "unset BOND_ACTIVE\n", out);
}
