/* SPDX-License-Identifier: MIT */
/* What is asked here is asked only of a thread that has read a request. */
#include "turn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/older.h"
#include "preload/sockets/note.h"
#include "preload/housekeeping/thread.h"
#include "base/raw.h"
#include "preload/real/real.h"
#include "segment/streams.h"
#include "readable.h"

#define POLLED_MAX 64 /* more than that is no question to one server */

_Thread_local struct arrival_now turn_now;
_Thread_local uint32_t turn_use = TURN_ROUTES;
_Atomic uint32_t turn_stamp;

void turn_set(const struct rules *r, const struct name *arrived)
{
	uint16_t bonds[ARRIVAL_BONDS];

	if (!r->connections_from)
		return;
	turn_now.bond_count = arrived ? (uint8_t)arrival_bonds(r, arrived, bonds) : 0;
	for (size_t i = 0; i < turn_now.bond_count; i++)
		turn_now.bonds[i] = r->config.bonds[bonds[i]].slot;
	turn_now.known = true;
	turn_now.turned = false;
	turn_now.stream = 0;
	turn_now.stamp = atomic_fetch_add_explicit(&turn_stamp, 1, memory_order_relaxed) + 1;
}

static bool may_wait(int fd)
{
	return fd >= 0 && !(real.fcntl(fd, F_GETFL, NULL) & O_NONBLOCK);
}

void turn_inside(uint64_t cookie, int fd)
{
	int saved = errno;

	if (turn_now.stream != cookie || may_wait(fd))
		turn_end();
	errno = saved;
}

void turn_records_known(int fd)
{
	turn_inside(stream_cookie_inside(record_of(fd)->cookie), fd);
}

/* Of a descriptor that is waited for: whether SIP may come by it, or by TLS what nobody sees. */
static bool brings_sip(int fd)
{
	uint32_t bits = classified(fd);

	if ((bits & FD_OTHER) || (bits & (FD_STREAM | FD_PLAIN)) == FD_PLAIN)
		return false;
	return bits & (FD_LISTENER | FD_SIP | FD_STREAM | FD_ACCEPTED);
}

void turn_poll_known(const void *fds, unsigned long count)
{
	const struct pollfd *p = fds;

	turn_may();
	if (count > POLLED_MAX || (count && !readable(fds)))
		turn_end();
	for (unsigned long i = 0; turn_now.known && i < count; i++) {
		if (p[i].fd >= 0 && brings_sip(p[i].fd))
			turn_end();
	}
}

void turn_select_known(int count, const void *in, const void *out)
{
	const fd_set *sets[] = {in, out};
	int waited = 0;

	turn_may();
	for (int i = 0; i < 2; i++) {
		if (!readable(sets[i]))
			continue;
		for (int fd = 0; fd < count && fd < FD_SETSIZE && turn_now.known; fd++) {
			if (FD_ISSET(fd, sets[i]) && (waited++ == POLLED_MAX || brings_sip(fd)))
				turn_end();
		}
	}
	if (count > FD_SETSIZE)
		turn_end();
}

void turn_read_known(int fd)
{
	struct stat st;
	int saved = errno;

	turn_may();
	/* a descriptor without type is an eventfd or the like */
	if ((classified(fd) & FD_OTHER) && fstat(fd, &st) == 0 &&
		(S_ISFIFO(st.st_mode) || !(st.st_mode & S_IFMT)))
		turn_end();
	errno = saved;
}

/* Waiting for a lock of one's own process is no turn, where it is alone. */
static bool futex_waits(long operation)
{
	switch (operation & FUTEX_CMD_MASK) {
	case FUTEX_WAIT:
	case FUTEX_WAIT_BITSET:
	case FUTEX_WAIT_REQUEUE_PI:
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2:
	case FUTEX_TRYLOCK_PI:
		return true;
	default:
		return false;
	}
}

void turn_syscall(long n, long second)
{
	switch (n) {
	case SYS_futex:
		if (futex_waits(second))
			turn_may();
		break;
#ifdef SYS_futex_waitv
	case SYS_futex_waitv:
#endif
	case SYS_sched_yield:
	case SYS_nanosleep:
	case SYS_clock_nanosleep:
	case SYS_semop:
	case SYS_semtimedop:
		turn_may();
		break;
#ifdef SYS_poll
	case SYS_poll:
	case SYS_select:
	case SYS_epoll_wait:
	case SYS_pause:
#endif
	case SYS_ppoll:
	case SYS_pselect6:
	case SYS_epoll_pwait:
	case SYS_epoll_pwait2:
	case SYS_rt_sigtimedwait:
	case SYS_rt_sigsuspend:
	case SYS_io_getevents:
	case SYS_io_pgetevents:
	case SYS_io_uring_enter:
	case SYS_msgrcv:
	case SYS_mq_timedreceive:
	case SYS_read:
	case SYS_readv:
	case SYS_recvfrom:
	case SYS_recvmsg:
	case SYS_recvmmsg:
	case SYS_accept:
	case SYS_accept4:
		turn_end();
		break;
	default:
		break;
	}
}

/* Whether this is the only thread of the host's in its process. */
static bool is_alone(void)
{
	struct stat st;

	if (__libc_single_threaded)
		return true;
	/* proc(5): a directory for each thread, beside . and .. */
	return stat("/proc/self/task", &st) == 0 && st.st_nlink - 2 == 1u + housekeeping_threads();
}

void turn_settle(void)
{
	int saved = errno;

	if (!turn_now.known)
		return;
	/* what another thread has read since may have been left for this one without any call */
	if (turn_now.stamp != atomic_load_explicit(&turn_stamp, memory_order_relaxed))
		turn_may();
	if (turn_now.turned && !is_alone())
		turn_end();
	errno = saved;
}

/* Both known, or neither. */
static bool is_same(const struct arrival_now *a, const struct arrival_now *b)
{
	return a->known == b->known &&
		(!a->known ||
			(a->bond_count == b->bond_count &&
				memcmp(a->bonds, b->bonds, a->bond_count * sizeof(a->bonds[0])) == 0));
}

void turn_batch_add(struct turn_batch *b)
{
	if (b->any && !is_same(&b->last, &turn_now))
		b->mixed = true;
	b->last = turn_now;
	b->any = true;
	turn_now.known = false;
}

void turn_batch_end(const struct turn_batch *b)
{
	if (b->any)
		turn_now = b->last;
	if (b->mixed)
		turn_now.known = false;
}
