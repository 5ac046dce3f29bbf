/* SPDX-License-Identifier: MIT */
/* Where a host waits: one that does nothing else, as a worker on sockets that it inherited, still
 * gives the housekeeping thread a home, and what it has read before is done with. The calls are libc's own, signals and cancellation too. */
#include "hook.h"

#include "../keeper.h"
#include "../turn.h"

static inline void before_wait(void)
{
	if (unlikely(shim_mode != SHIM_INERT))
		keeper_poke();
}

HOOK(int, poll, void *fds, unsigned long count, int timeout)
{
	before_wait();
	turn_poll(fds, count);
	return real.poll(fds, count, timeout);
}

HOOK(int, ppoll, void *fds, unsigned long count, const struct timespec *timeout, const void *mask)
{
	before_wait();
	turn_poll(fds, count);
	return real.ppoll(fds, count, timeout, mask);
}

HOOK(int, __poll_chk, void *fds, unsigned long count, int timeout, size_t room)
{
	before_wait();
	turn_poll(fds, count);
	return real.__poll_chk(fds, count, timeout, room);
}

HOOK(int, __ppoll_chk, void *fds, unsigned long count, const struct timespec *timeout,
	const void *mask, size_t room)
{
	before_wait();
	turn_poll(fds, count);
	return real.__ppoll_chk(fds, count, timeout, mask, room);
}

HOOK(int, select, int count, void *in, void *out, void *except, void *timeout)
{
	before_wait();
	turn_select(count, in, out);
	return real.select(count, in, out, except, timeout);
}

HOOK(int, pselect, int count, void *in, void *out, void *except, const struct timespec *timeout,
	const void *mask)
{
	before_wait();
	turn_select(count, in, out);
	return real.pselect(count, in, out, except, timeout, mask);
}

HOOK(int, epoll_wait, int fd, void *events, int count, int timeout)
{
	before_wait();
	turn_end();
	return real.epoll_wait(fd, events, count, timeout);
}

HOOK(int, epoll_pwait, int fd, void *events, int count, int timeout, const void *mask)
{
	before_wait();
	turn_end();
	return real.epoll_pwait(fd, events, count, timeout, mask);
}

HOOK(int, epoll_pwait2, int fd, void *events, int count, const struct timespec *timeout,
	const void *mask)
{
	before_wait();
	turn_end();
	return real.epoll_pwait2(fd, events, count, timeout, mask);
}
