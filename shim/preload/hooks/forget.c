/* SPDX-License-Identifier: MIT */
/* The one-line forget-hooks, made from the list: a number that one of these calls returns or ends
 * is nothing that was known before. */
#include "hook.h"

static void forget_stream(FILE *f)
{
	int saved = errno, fd = f ? fileno_unlocked(f) : -1;

	if (fd >= 0)
		note_forget(fd);
	errno = saved;
}

#define NEWFD(name, parameters, arguments) \
	int hook_##name parameters __asm__(#name) __attribute__((visibility("default"))); \
	int hook_##name parameters \
	{ \
		int made = real.name arguments; \
		if (made >= 0) \
			note_forget(made); \
		return made; \
	}
#define STREAM(name, parameters, arguments) \
	FILE *hook_##name parameters __asm__(#name) __attribute__((visibility("default"))); \
	FILE *hook_##name parameters \
	{ \
		FILE *f = real.name arguments; \
		forget_stream(f); \
		return f; \
	}
#include "calls.h"

/* It puts /dev/null over the standard descriptors by itself. */
HOOK(int, daemon, int nochdir, int noclose)
{
	int result = real.daemon(nochdir, noclose);

	if (result == 0 && !noclose)
		note_forget_range(0, 2);
	return result;
}

HOOK(int, fclose, FILE *f)
{
	forget_stream(f);
	return real.fclose(f);
}

HOOK(int, pclose, FILE *f)
{
	forget_stream(f);
	return real.pclose(f);
}

HOOK(FILE *, freopen, const char *path, const char *mode, FILE *f)
{
	forget_stream(f);
	FILE *result = real.freopen(path, mode, f);
	forget_stream(result);
	return result;
}

HOOK(FILE *, freopen64, const char *path, const char *mode, FILE *f)
{
	forget_stream(f);
	FILE *result = real.freopen64(path, mode, f);
	forget_stream(result);
	return result;
}

HOOK(DIR *, opendir, const char *path)
{
	DIR *d = real.opendir(path);

	if (d)
		note_forget(dirfd(d));
	return d;
}

HOOK(int, closedir, DIR *d)
{
	if (d)
		note_forget(dirfd(d));
	return real.closedir(d);
}

static int forget_pair(int result, const int pair[2])
{
	if (result == 0) {
		note_forget(pair[0]);
		note_forget(pair[1]);
	}
	return result;
}

HOOK(int, pipe, int pair[2])
{
	return forget_pair(real.pipe(pair), pair);
}

HOOK(int, pipe2, int pair[2], int flags)
{
	return forget_pair(real.pipe2(pair, flags), pair);
}

#if __GLIBC_PREREQ(2, 39)
/* It returns an error's number; -1: the library is of a newer libc than this one. */
static int forget_spawned(int result, const int *pidfd)
{
	if (result == 0)
		note_forget(*pidfd);
	return result == -1 ? ENOSYS : result;
}

HOOK(int, pidfd_spawn, int *pidfd, const char *path, const void *actions, const void *attributes, char *const argv[],
	char *const env[])
{
	return forget_spawned(real.pidfd_spawn(pidfd, path, actions, attributes, argv, env), pidfd);
}

HOOK(int, pidfd_spawnp, int *pidfd, const char *file, const void *actions, const void *attributes, char *const argv[],
	char *const env[])
{
	return forget_spawned(real.pidfd_spawnp(pidfd, file, actions, attributes, argv, env), pidfd);
}
#endif
