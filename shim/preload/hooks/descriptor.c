/* SPDX-License-Identifier: MIT */
/* The life of descriptors: made, duplicated, closed. What ends a number forgets it before the real
 * call, because another thread may be given the number at once; what returns one forgets it after.
 * libbond's own descriptors do not exist for the host. */
#include "hook.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/older.h"
#include "own.h"
#include "preload/housekeeping/thread.h"

/* Whether the host may not know of it, as it is libbond's own: errno says so then. */
static inline bool is_unknown(int fd)
{
	if (likely(!hook_is_own(fd)))
		return false;
	errno = EBADF;
	return true;
}

static void traced(const struct trace_mark *mark, const char *name, int fd, const long *numbers,
	int count, long result)
{
	if (unlikely(mark))
		trace_numbers(mark, name, fd, numbers, count, result);
}

HOOK(int, socket, int domain, int type, int protocol)
{
	struct trace_mark begun;

	const struct trace_mark *mark = hook_begin(&begun, -1, NULL);
	int fd = real.socket(domain, type, protocol);
	if (unlikely(page.p.mode != HOT_INERT))
		housekeeping_poke_ready();
	if (unlikely(page.p.mode != HOT_INERT) && fd >= 0)
		note_socket(fd, domain, type, protocol);
	if (unlikely(mark))
		trace_socket(mark, domain, type, protocol, fd);
	return fd;
}

HOOK(int, socketpair, int domain, int type, int protocol, int pair[2])
{
	int result = real.socketpair(domain, type, protocol, pair);

	if (result == 0) {
		note_forget(pair[0]);
		note_forget(pair[1]);
	}
	return result;
}

HOOK(int, dup, int fd)
{
	struct trace_mark begun;

	const struct trace_mark *mark = hook_begin(&begun, fd, NULL);
	if (is_unknown(fd))
		return -1;
	int result = real.dup(fd);
	if (result >= 0)
		note_copy(fd, result);
	traced(mark, "dup", fd, NULL, 0, result);
	return result;
}

HOOK(int, dup2, int from, int to)
{
	struct trace_mark begun;
	long number = to;

	const struct trace_mark *mark = hook_begin(&begun, from, NULL);
	if (is_unknown(from))
		return -1;
	if (unlikely(hook_is_own(to)))
		hook_own_gives_way(to);
	int result = real.dup2(from, to);
	if (result >= 0)
		note_copy(from, to);
	traced(mark, "dup2", from, &number, 1, result);
	return result;
}

HOOK(int, dup3, int from, int to, int flags)
{
	struct trace_mark begun;
	long numbers[] = {to, flags};

	const struct trace_mark *mark = hook_begin(&begun, from, NULL);
	if (is_unknown(from))
		return -1;
	if (unlikely(hook_is_own(to)))
		hook_own_gives_way(to);
	int result = real.dup3(from, to, flags);
	if (result >= 0)
		note_copy(from, to);
	traced(mark, "dup3", from, numbers, 2, result);
	return result;
}

/* F_DUPFD and F_DUPFD_CLOEXEC make a descriptor; the other commands are none of ours. */
static bool duplicates(int command)
{
	return command == F_DUPFD || command == F_DUPFD_CLOEXEC;
}

static void note_fcntl(const struct trace_mark *mark, int fd, int command, void *arg, int result)
{
	long numbers[] = {command, (long)(intptr_t)arg};

	if (result >= 0)
		note_copy(fd, result);
	if (unlikely(mark))
		trace_numbers(mark, "fcntl", fd, numbers, 2, result);
}

HOOK(int, fcntl, int fd, int command, void *arg)
{
	struct trace_mark begun;

	if (!duplicates(command))
		return real.fcntl(fd, command, arg);
	const struct trace_mark *mark = hook_begin(&begun, fd, NULL);
	int result = real.fcntl(fd, command, arg);
	note_fcntl(mark, fd, command, arg, result);
	return result;
}

HOOK(int, fcntl64, int fd, int command, void *arg)
{
	struct trace_mark begun;

	if (!duplicates(command))
		return real.fcntl64(fd, command, arg);
	const struct trace_mark *mark = hook_begin(&begun, fd, NULL);
	int result = real.fcntl64(fd, command, arg);
	note_fcntl(mark, fd, command, arg, result);
	return result;
}

HOOK(int, close, int fd)
{
	struct trace_mark begun;

	const struct trace_mark *mark = hook_begin(&begun, fd, NULL);
	if (is_unknown(fd))
		return -1;
	uint32_t bits = bits_of(fd);
	note_forget(fd);
	int result = real.close(fd);
	if (bits & (FD_UDP | FD_TCP))
		traced(mark, "close", fd, NULL, 0, result);
	return result;
}

/* The lowest of libbond's own descriptors in that range, -1: there is none. */
static int next_own(unsigned first, unsigned last)
{
	int log = tracefile_descriptor(), next = own_next(first);

	if (log >= 0 && (unsigned)log >= first && (next < 0 || log < next))
		next = log;
	return next >= 0 && (unsigned)next <= last ? next : -1;
}

static int real_close_range(unsigned first, unsigned last, int flags)
{
#if __GLIBC_PREREQ(2, 34)
	return real.close_range(first, last, flags);
#else
	return (int)real.syscall(SYS_close_range, first, last, flags, 0, 0, 0);
#endif
}

/* Calls close_range() around libbond's own descriptors. */
static int close_around(unsigned first, unsigned last, int flags)
{
	int own = flags & ~CLOSE_RANGE_UNSHARE ? -1 : next_own(first, last), result = 0;

	for (; own >= 0 && result == 0; own = next_own(first, last)) {
		if ((unsigned)own > first)
			result = real_close_range(first, (unsigned)own - 1, flags);
		if ((unsigned)own == last)
			return result;
		first = (unsigned)own + 1;
	}
	return result ? result : real_close_range(first, last, flags);
}

int hook_close_numbers(unsigned first, unsigned last, int flags)
{
	struct trace_mark begun;
	long numbers[] = {last, flags};

	const struct trace_mark *mark = hook_begin(&begun, -1, NULL);
	if (first <= last && !(flags & ~CLOSE_RANGE_UNSHARE))
		note_forget_range(first, last);
	int result = close_around(first, last, flags);
	traced(mark, "close_range", (int)first, numbers, 2, result);
	return result;
}

#if __GLIBC_PREREQ(2, 34)
HOOK(int, close_range, unsigned first, unsigned last, int flags)
{
	return hook_close_numbers(first, last, flags);
}

HOOK(void, closefrom, int first)
{
	unsigned low = first < 0 ? 0 : (unsigned)first;

	note_forget_range(low, UINT_MAX);
	if (next_own(low, UINT_MAX) < 0 || close_around(low, UINT_MAX, 0) != 0)
		real.closefrom(first);
}
#endif
