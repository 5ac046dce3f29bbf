/* SPDX-License-Identifier: MIT */
#include "installed.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Whether it is in dir, or in the folder sub of that ("" = none). */
static bool is_in(const char *dir, const char *sub, const char *library, char path[PATH_MAX])
{
	int n = snprintf(path, PATH_MAX, "%s/%s%s%s", dir, sub, *sub ? "/" : "", library);

	return n < PATH_MAX && access(path, F_OK) == 0;
}

bool installed_find(const char *library, char path[PATH_MAX])
{
	char dir[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", dir, sizeof(dir) - 1);

	if (n > 0) {
		dir[n] = '\0';
		*strrchr(dir, '/') = '\0';
		if (is_in(dir, "", library, path))
			return true;
		char *slash = strrchr(dir, '/');
		if (slash) {
			*slash = '\0';
			if (is_in(dir, BOND_LIBDIR_BESIDE, library, path))
				return true;
		}
	}
	return is_in(BOND_LIBDIR, "", library, path);
}
