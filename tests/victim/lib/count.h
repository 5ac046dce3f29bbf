/* SPDX-License-Identifier: MIT */
/* A small interposer that counts the program's calls and passes them on. COUNT names it. */
#include "../victim.h"

#include <dlfcn.h>

#define GLUE_(a, b) a##b
#define GLUE(a, b) GLUE_(a, b)
#define TEXT_(a) #a
#define TEXT(a) TEXT_(a)

static _Thread_local int sends, connects, closes; /* not those of a thread of libbond */

void GLUE(COUNT, _say)(void);

ssize_t sendto(
	int fd, const void *buf, size_t n, int flags, const struct sockaddr *to, socklen_t len)
{
	ssize_t (*next)(int, const void *, size_t, int, const struct sockaddr *, socklen_t) =
		dlsym(RTLD_NEXT, "sendto");

	sends++;
	return next(fd, buf, n, flags, to, len);
}

int connect(int fd, const struct sockaddr *to, socklen_t len)
{
	int (*next)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "connect");

	connects++;
	return next(fd, to, len);
}

int close(int fd)
{
	int (*next)(int) = dlsym(RTLD_NEXT, "close");

	closes++;
	return next(fd);
}

void GLUE(COUNT, _say)(void)
{
	say("%s: sendto %d, connect %d, close %d", TEXT(COUNT), sends, connects, closes);
}
