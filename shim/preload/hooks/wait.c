/* SPDX-License-Identifier: MIT */
/* Where a host waits: one that does nothing else, as a worker on sockets that it inherited, still
 * gives the housekeeping thread a home, and what it has read before is done with. The calls are
 * libc's own, signals and cancellation too. While something is held of what arrived on a
 * connection, a wait is cut where that is due, and goes on. */
#include "hook.h"

#include <string.h>
#include <sys/select.h>
#include <time.h>

#include "preload/housekeeping/thread.h"
#include "preload/stream/due.h"
#include "preload/stream/wants.h"
#include "preload/turn.h"

#define NS 1000000000LL
#define NS_A_MS 1000000LL

struct wait {
	int64_t end; /* nanoseconds; -1 = never */
	bool cut;    /* this portion ends before */
	struct timespec portion;
};

/* Whether a wait may have to be cut. */
static inline bool before_wait(void)
{
	if (likely(page.p.mode == HOT_INERT))
		return false;
	housekeeping_poke();
	return unlikely(atomic_load_explicit(&stream_any, memory_order_relaxed));
}

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NS + t.tv_nsec;
}

static int64_t left(const struct wait *w)
{
	int64_t ns = w->end < 0 ? -1 : w->end - now();

	return w->end >= 0 && ns < 0 ? 0 : ns;
}

/* ns: of the host's; negative = for ever. */
static void start(struct wait *w, int64_t ns)
{
	w->end = ns < 0 ? -1 : now() + ns;
}

static void start_ms(struct wait *w, int ms)
{
	start(w, ms < 0 ? -1 : ms * NS_A_MS);
}

static void start_timespec(struct wait *w, const struct timespec *t)
{
	start(w, !t ? -1 : t->tv_sec > INT32_MAX ? -1 : t->tv_sec * NS + t->tv_nsec);
}

/* How long this portion may take: NULL = for ever. */
static struct timespec *portion(struct wait *w)
{
	int64_t ns = left(w), ms = (ns + NS_A_MS - 1) / NS_A_MS;
	int limit = due_limit(ns < 0 || ms > INT32_MAX ? -1 : (int)ms);

	w->cut = limit >= 0;
	if (w->cut)
		ns = limit * NS_A_MS;
	w->portion = (struct timespec){ns / NS, ns % NS};
	return ns < 0 ? NULL : &w->portion;
}

static int portion_ms(struct wait *w)
{
	const struct timespec *t = portion(w);

	return t ? (int)(t->tv_sec * 1000 + (t->tv_nsec + NS_A_MS - 1) / NS_A_MS) : -1;
}

/* Whether the host waits on, after a portion that brought that. */
static bool again(struct wait *w, int result)
{
	if (result != 0 || !w->cut)
		return false;
	due_release();
	return true;
}

static bool is_time(const struct timespec *t)
{
	return !t || (readable(t) && t->tv_sec >= 0 && t->tv_nsec >= 0 && t->tv_nsec < NS);
}

HOOK(int, poll, void *fds, unsigned long count, int timeout)
{
	struct wait w;
	int result;

	turn_poll(fds, count);
	if (likely(!before_wait()))
		return real.poll(fds, count, timeout);
	start_ms(&w, timeout);
	do
		result = real.poll(fds, count, portion_ms(&w));
	while (again(&w, result));
	return result;
}

HOOK(int, ppoll, void *fds, unsigned long count, const struct timespec *timeout, const void *mask)
{
	struct wait w;
	int result;

	turn_poll(fds, count);
	if (likely(!before_wait()) || !is_time(timeout))
		return real.ppoll(fds, count, timeout, mask);
	start_timespec(&w, timeout);
	do
		result = real.ppoll(fds, count, portion(&w), mask);
	while (again(&w, result));
	return result;
}

HOOK(int, __poll_chk, void *fds, unsigned long count, int timeout, size_t room)
{
	struct wait w;
	int result;

	turn_poll(fds, count);
	if (likely(!before_wait()))
		return real.__poll_chk(fds, count, timeout, room);
	start_ms(&w, timeout);
	do
		result = real.__poll_chk(fds, count, portion_ms(&w), room);
	while (again(&w, result));
	return result;
}

HOOK(int, __ppoll_chk, void *fds, unsigned long count, const struct timespec *timeout,
	const void *mask, size_t room)
{
	struct wait w;
	int result;

	turn_poll(fds, count);
	if (likely(!before_wait()) || !is_time(timeout))
		return real.__ppoll_chk(fds, count, timeout, mask, room);
	start_timespec(&w, timeout);
	do
		result = real.__ppoll_chk(fds, count, portion(&w), mask, room);
	while (again(&w, result));
	return result;
}

/* The sets that select() fills in: of a portion that brings nothing they are empty. */
struct sets {
	void *host[3];
	size_t size;
	fd_set kept[3];
};

/* False: they are not such that they can be kept. */
static bool keep_sets(struct sets *s, int count, void *in, void *out, void *except)
{
	void *host[3] = {in, out, except};

	if (count < 0 || count > FD_SETSIZE)
		return false;
	s->size = (size_t)(count + 63) / 64 * 8;
	for (int i = 0; i < 3; i++) {
		s->host[i] = host[i];
		if (host[i] && !readable(host[i]))
			return false;
		if (host[i])
			memcpy(&s->kept[i], host[i], s->size);
	}
	return true;
}

static void restore_sets(const struct sets *s)
{
	for (int i = 0; i < 3; i++)
		if (s->host[i])
			memcpy(s->host[i], &s->kept[i], s->size);
}

HOOK(int, select, int count, void *in, void *out, void *except, void *timeout)
{
	struct timeval *host = timeout;
	struct sets sets;
	struct wait w;
	int result;

	turn_select(count, in, out);
	if (likely(!before_wait()) || !keep_sets(&sets, count, in, out, except) ||
		(host && (!readable(host) || host->tv_sec < 0 || host->tv_sec > INT32_MAX ||
				 host->tv_usec < 0 || host->tv_usec >= 1000000)))
		return real.select(count, in, out, except, timeout);
	start(&w, host ? host->tv_sec * NS + host->tv_usec * 1000 : -1);
	for (;;) {
		struct timespec *t = portion(&w);
		struct timeval time = {w.portion.tv_sec, w.portion.tv_nsec / 1000};
		if (t && !time.tv_usec && w.portion.tv_nsec)
			time.tv_usec = 1;
		result = real.select(count, in, out, except, t ? &time : NULL);
		if (!again(&w, result))
			break;
		restore_sets(&sets);
	}
	if (host) {
		int64_t ns = left(&w);
		*host = (struct timeval){ns / NS, ns % NS / 1000};
	}
	return result;
}

HOOK(int, pselect, int count, void *in, void *out, void *except, const struct timespec *timeout,
	const void *mask)
{
	struct sets sets;
	struct wait w;
	int result;

	turn_select(count, in, out);
	if (likely(!before_wait()) || !is_time(timeout) ||
		!keep_sets(&sets, count, in, out, except))
		return real.pselect(count, in, out, except, timeout, mask);
	start_timespec(&w, timeout);
	for (;;) {
		result = real.pselect(count, in, out, except, portion(&w), mask);
		if (!again(&w, result))
			return result;
		restore_sets(&sets);
	}
}

HOOK(int, epoll_wait, int fd, void *events, int count, int timeout)
{
	struct wait w;
	int result;

	turn_end();
	if (likely(!before_wait()))
		return real.epoll_wait(fd, events, count, timeout);
	start_ms(&w, timeout);
	do
		result = real.epoll_wait(fd, events, count, portion_ms(&w));
	while (again(&w, result));
	return result;
}

HOOK(int, epoll_pwait, int fd, void *events, int count, int timeout, const void *mask)
{
	struct wait w;
	int result;

	turn_end();
	if (likely(!before_wait()))
		return real.epoll_pwait(fd, events, count, timeout, mask);
	start_ms(&w, timeout);
	do
		result = real.epoll_pwait(fd, events, count, portion_ms(&w), mask);
	while (again(&w, result));
	return result;
}

#if __GLIBC_PREREQ(2, 35)
HOOK(int, epoll_pwait2, int fd, void *events, int count, const struct timespec *timeout,
	const void *mask)
{
	struct wait w;
	int result;

	turn_end();
	if (likely(!before_wait()) || !is_time(timeout))
		return real.epoll_pwait2(fd, events, count, timeout, mask);
	start_timespec(&w, timeout);
	do
		result = real.epoll_pwait2(fd, events, count, portion(&w), mask);
	while (again(&w, result));
	return result;
}
#endif
