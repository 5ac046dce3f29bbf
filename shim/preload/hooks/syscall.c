/* SPDX-License-Identifier: MIT */
/* syscall(): OpenSIPS closes all its descriptors through it when it becomes a daemon. What such a
 * call does to a number is followed, and that it waits; what it sends is not decided. */
#include "hook.h"

#include <fcntl.h>
#include <sys/syscall.h>

#include "base/older.h"
#include "own.h"
#include "preload/housekeeping/bare.h"
#include "preload/turn.h"

static long forget_result(long fd)
{
	if (fd >= 0)
		note_forget((int)fd);
	return fd;
}

static bool before(long n, long a, long b, long c, long *result)
{
	switch (n) {
	case SYS_close:
		if (hook_is_own((int)a)) {
			errno = EBADF;
			*result = -1;
			return true;
		}
		note_forget((int)a);
		break;
	case SYS_close_range:
		*result = hook_close_numbers((unsigned)a, (unsigned)b, (int)c);
		return true;
#ifdef SYS_dup2
	case SYS_dup2:
#endif
	case SYS_dup3:
		if (hook_is_own((int)b))
			hook_own_gives_way((int)b);
		if (a != b)
			note_forget((int)b);
		break;
	case SYS_bind:
	case SYS_listen:
	case SYS_connect:
		note_forget((int)a); /* looked at anew when it is used */
		break;
	default:
		break;
	}
	return false;
}

HOOK(long, syscall, long n, long a, long b, long c, long d, long e, long f)
{
	long result;

	if (likely(page.p.mode == HOT_INERT))
		return real.syscall(n, a, b, c, d, e, f);
	if (unlikely(turn_now.known))
		turn_syscall(n, b);
	switch (n) {
	case SYS_close:
	case SYS_close_range:
#ifdef SYS_dup2
	case SYS_dup2:
#endif
	case SYS_dup3:
	case SYS_bind:
	case SYS_listen:
	case SYS_connect:
		if (before(n, a, b, c, &result))
			return result;
		return real.syscall(n, a, b, c, d, e, f);
	case SYS_fcntl:
		result = real.syscall(n, a, b, c, d, e, f);
		return b == F_DUPFD || b == F_DUPFD_CLOEXEC ? forget_result(result) : result;
	case SYS_dup:
	case SYS_socket:
	case SYS_accept:
	case SYS_accept4:
	case SYS_openat:
#ifdef SYS_openat2
	case SYS_openat2:
#endif
#ifdef SYS_open
	case SYS_open:
#endif
	case SYS_epoll_create1:
	case SYS_eventfd2:
	case SYS_timerfd_create:
	case SYS_memfd_create:
	case SYS_pidfd_open:
	case SYS_pidfd_getfd:
		return forget_result(real.syscall(n, a, b, c, d, e, f));
	case SYS_setuid:
	case SYS_setgid:
	case SYS_setreuid:
	case SYS_setregid:
	case SYS_setresuid:
	case SYS_setresgid:
	case SYS_setgroups:
	case SYS_capset:
	case SYS_unshare:
	case SYS_setns:
		bare_hold();
		result = real.syscall(n, a, b, c, d, e, f);
		bare_release();
		return result;
	default:
		return real.syscall(n, a, b, c, d, e, f);
	}
}
