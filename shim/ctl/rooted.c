/* SPDX-License-Identifier: MIT */
/* Links are read one by one, as openat2(2) with RESOLVE_IN_ROOT has no name of what it opened, and may not be there. */
#include "rooted.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINKS_MAX 40 /* as the kernel */

/* The next part of *rest, of length n; *rest is moved behind it. */
static const char *next_part(char **rest, size_t *n)
{
	char *part = *rest + strspn(*rest, "/");

	*n = strcspn(part, "/");
	*rest = part + *n;
	return part;
}

bool rooted_real(const char *root, const char *path, char out[PATH_MAX])
{
	char todo[PATH_MAX], target[PATH_MAX], *rest = todo;
	size_t base = strlen(root), used = base, n;
	int links = 0;

	if (base >= PATH_MAX || strlen(path) >= PATH_MAX)
		return false;
	strcpy(todo, path);
	strcpy(out, root);
	for (;;) {
		const char *part = next_part(&rest, &n);
		if (!n)
			break;
		if (n == 1 && *part == '.')
			continue;
		if (n == 2 && memcmp(part, "..", 2) == 0) {
			while (used > base && out[--used] != '/')
				;
			out[used] = 0;
			continue;
		}
		if (used + n + 2 > PATH_MAX)
			return false;
		sprintf(out + used, "/%.*s", (int)n, part);
		ssize_t got = readlink(out, target, sizeof(target) - 1);
		if (got < 0) {
			used += n + 1;
			continue;
		}
		if (++links > LINKS_MAX || (size_t)got + strlen(rest) + 2 > PATH_MAX)
			return false;
		sprintf(target + got, "%s", rest);
		strcpy(todo, target);
		rest = todo;
		used = *todo == '/' ? base : used;
		out[used] = 0;
	}
	if (!used)
		strcpy(out, "/");
	return true;
}

bool rooted_path(const char *root, const char *path, char out[PATH_MAX])
{
	if (*root)
		return rooted_real(root, path, out);
	return snprintf(out, PATH_MAX, "%s", path) < PATH_MAX;
}
