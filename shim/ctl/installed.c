/* SPDX-License-Identifier: MIT */
#include "installed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The folder of libraries of one machine below lib/, as Debian and its like have them. */
#if defined(__x86_64__) && !defined(__ILP32__)
#define TRIPLET "x86_64-linux-gnu"
#elif defined(__aarch64__)
#define TRIPLET "aarch64-linux-gnu"
#elif defined(__i386__)
#define TRIPLET "i386-linux-gnu"
#elif defined(__arm__)
#define TRIPLET "arm-linux-gnueabihf"
#elif defined(__riscv) && __riscv_xlen == 64
#define TRIPLET "riscv64-linux-gnu"
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define TRIPLET "powerpc64le-linux-gnu"
#elif defined(__s390x__)
#define TRIPLET "s390x-linux-gnu"
#else
#define TRIPLET "libbond" /* no such folder is known: the next line of the table says it again */
#endif

/* Below the folder that bin/ is in. What `make install` puts elsewhere has links in lib/libbond. */
static const char *const places[] = {("lib/" TRIPLET "/libbond"), "lib64/libbond", "lib/libbond", ("lib/" TRIPLET),
	"lib64", "lib"};

static bool is_there(const char *dir, const char *library, char path[PATH_MAX])
{
	char name[PATH_MAX];
	int n = snprintf(name, PATH_MAX, "%s/%s", dir, library);

	return n < PATH_MAX && access(name, F_OK) == 0 && realpath(name, path);
}

static bool is_below(const char *prefix, const char *library, char path[PATH_MAX])
{
	char dir[PATH_MAX];

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		int n = snprintf(dir, sizeof(dir), "%s/%s", prefix, places[i]);
		if (n < PATH_MAX && is_there(dir, library, path))
			return true;
	}
	return false;
}

bool installed_find(const char *library, char path[PATH_MAX])
{
	char dir[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", dir, sizeof(dir) - 1);

	if (n > 0) {
		dir[n] = '\0';
		*strrchr(dir, '/') = '\0';
		if (is_there(dir, library, path))
			return true;
		char *slash = strrchr(dir, '/');
		if (slash) {
			*slash = '\0';
			if (is_below(dir, library, path))
				return true;
		}
	}
	return is_below("/usr/local", library, path) || is_below("/usr", library, path);
}

bool installed_find_in(const char *root, const char *library, char path[PATH_MAX])
{
	static const char *const prefixes[] = {"/usr/local", "/usr"};
	char prefix[PATH_MAX];
	size_t n = strlen(root);

	if (!n)
		return installed_find(library, path);
	for (int i = 0; i < 2; i++) {
		if (snprintf(prefix, sizeof(prefix), "%s%s", root, prefixes[i]) >= PATH_MAX ||
			!is_below(prefix, library, path) || strncmp(path, root, n) != 0 || path[n] != '/')
			continue;
		memmove(path, path + n, strlen(path + n) + 1);
		return true;
	}
	return false;
}

/* The folder of the program that runs. */
static bool own_folder(char dir[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", dir, PATH_MAX - 1);

	if (n <= 0)
		return false;
	dir[n] = '\0';
	*strrchr(dir, '/') = '\0';
	return true;
}

bool installed_find_program(const char *root, const char *name, char path[PATH_MAX])
{
	static const char *const bins[] = {"/usr/local/bin", "/usr/bin"};
	char dir[PATH_MAX], whole[PATH_MAX];

	if (!*root)
		return own_folder(dir) && is_there(dir, name, path);
	for (int i = 0; i < 2; i++)
		if (snprintf(whole, sizeof(whole), "%s%s/%s", root, bins[i], name) < PATH_MAX && access(whole, X_OK) == 0) {
			snprintf(path, PATH_MAX, "%s/%s", bins[i], name);
			return true;
		}
	return false;
}

bool installed_find_shared(const char *name, char path[PATH_MAX])
{
	static const char *const folders[] = {"scripts/systemd", "../share/libbond"};
	char own[PATH_MAX], dir[PATH_MAX];

	for (int i = 0; i < 2 && own_folder(own); i++)
		if (snprintf(dir, sizeof(dir), "%s/%s", own, folders[i]) < PATH_MAX && is_there(dir, name, path))
			return true;
	return is_there("/usr/local/share/libbond", name, path) || is_there("/usr/share/libbond", name, path);
}
