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
