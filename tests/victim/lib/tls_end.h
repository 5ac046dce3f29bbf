/* SPDX-License-Identifier: MIT */
/* One end of a TLS connection by whichever library: each is an object of its own, opened where it is wanted. */
#ifndef TLS_END_H
#define TLS_END_H

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TLS_AGAIN -1
#define TLS_ENDED -2
#define TLS_BROKEN -3

struct tls_end_as {
	int fd; /* which does not block */
	bool server, tls12;
	int way; /* 0 to 3: what the library offers beside */
	const char *certificate, *key; /* PEM, of a server */
};

struct tls_end {
	void *(*open)(const struct tls_end_as *as);
	/* 1: it is over, or left to what follows; else TLS_AGAIN or TLS_BROKEN. */
	long (*shake_hands)(void *end);
	/* Bytes, or one of the above; again: the write before was to be made once more. */
	long (*read)(void *end, void *to, size_t n);
	long (*write)(void *end, const void *p, size_t n, bool again);
	size_t (*pending)(void *end);
	void (*close)(void *end);
};

/* That of the library whose name `how` begins with. It lies beside the program: by its place, as dlopen() of a
 * program with AddressSanitizer does not look where the program's objects are. NULL: dlerror() says why. */
static inline const struct tls_end *tls_end_open(const char *how, int flags)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 100);

	path[n > 0 ? n : 0] = 0;
	char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	snprintf(name, 100, "tls_end_%.*s.so", (int)strcspn(how, "-1"), how);
	void *handle = dlopen(path, RTLD_NOW | flags);
	return handle ? dlsym(handle, "tls_end") : NULL;
}

#endif
