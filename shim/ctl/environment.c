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

void environment_export(FILE *out)
{
	for (size_t i = 0; i < NAMES; i++) {
		const char *value = getenv(names[i]);
		if (!value)
			continue;
		fprintf(out, "export %s='", names[i]);
		for (; *value; value++)
			if (*value == '\'')
				fputs("'\\''", out);
			else
				putc(*value, out);
		fputs("'\n", out);
	}
	fputs("unset BOND_ACTIVE\n", out);
}
