/* SPDX-License-Identifier: MIT */
/* Names of files. PURE; async-signal-safe. */
#ifndef BOND_BASE_PATH_H
#define BOND_BASE_PATH_H

#include <string.h>

/* What stands behind the last '/', if there is one: a part of path. */
static inline const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

#endif
