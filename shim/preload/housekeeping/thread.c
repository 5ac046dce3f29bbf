/* SPDX-License-Identifier: MIT */
/* The thread has all signals blocked, a small stack and a table of descriptors of its own, so that a host
 * that closes everything, or waits for the other end of a pipe, does not notice it. It ends with its
 * process, also where the host ends its last thread by pthread_exit(). */
#include "thread.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/descriptors.h"
#include "base/in_handler.h"
#include "base/process_stat.h"
#include "base/raw.h"
#include "dns.h"
#include "dns/learn.h"
#include "dns/resolver.h"
#include "preload/real/real.h"
#include "preload/sockets/owner.h"
#include "preload/trace/log.h"

#define STACK_SIZE (256 * 1024)
#define RETRY_SECONDS 10 /* after the thread could not be started */
#define LOOK_MS 1000     /* how often it looks whether the host has ended all of its threads */

static const _Atomic uint32_t somebody = 1;
const _Atomic uint32_t *housekeeping_word = &somebody;

static pthread_mutex_t *seat;
static _Atomic pid_t starting; /* the process in which a thread has been started */
static _Atomic uint32_t retry_at;

void housekeeping_init(const struct config *c, void *area)
{
	pthread_mutexattr_t attr;

	if (!dns_prepare(c) || pthread_mutexattr_init(&attr) != 0)
		return;
	seat = area;
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	int error = pthread_mutex_init(seat, &attr);
	pthread_mutexattr_destroy(&attr);
	if (!error)
		housekeeping_word = (const _Atomic uint32_t *)&seat->__data.__lock;
}

static bool take_seat(void)
{
	int error = pthread_mutex_trylock(seat);

	if (error == EOWNERDEAD)
		error = pthread_mutex_consistent(seat);
	return error == 0;
}

/* Numbers 0 to 2 stay taken: what writes to "stderr" must not write to a socket. */
static void leave_descriptors(void)
{
	if (descriptors_leave(NULL, 0) != 0)
		return;
	owner_foreign = true;
	for (int i = 0; i < 3; i++)
		raw_syscall(SYS_eventfd2, 0, O_CLOEXEC, 0, 0);
}

/* Whether only this thread is left: the first one is a zombie, and there is no third (proc(5)). */
static bool is_last(int stat)
{
	struct process_stat s;

	return process_stat_read(stat, &s) && s.state == 'Z' && s.threads <= 2;
}

static void look_after(void)
{
	struct pollfd fds[RESOLVER_SOCKETS_MAX];
	int count = 0, stat = raw_open("/proc/self/stat", O_RDONLY, 0);

	do {
		dns_step(fds, count);
		count = dns_sockets(fds, RESOLVER_SOCKETS_MAX);
		int wait = dns_wait();
		if (stat >= 0 && wait > LOOK_MS)
			wait = LOOK_MS;
		if (real.poll(fds, (nfds_t)count, wait) <= 0)
			count = 0;
	} while (!is_last(stat));
}

static void *run(void *unused)
{
	(void)unused;
	prctl(PR_SET_NAME, "libbond");
	if (take_seat()) {
		leave_descriptors();
		if (dns_open() == 0) {
			look_after();
			dns_close();
		}
		pthread_mutex_unlock(seat);
	}
	atomic_store(&starting, 0);
	return NULL;
}

static int make_thread(void)
{
	pthread_t thread;
	pthread_attr_t attr;
	int error = pthread_attr_init(&attr);

	if (error)
		return error;
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	error = pthread_create(&thread, &attr, run, NULL);
	if (error == EINVAL) { /* much thread-local memory in this host */
		pthread_attr_setstacksize(&attr, STACK_SIZE * 8);
		error = pthread_create(&thread, &attr, run, NULL);
	}
	pthread_attr_destroy(&attr);
	return error;
}

void housekeeping_start(void)
{
	int saved = errno;
	uint32_t now = learn_now();
	pid_t self = getpid(), other = atomic_load(&starting);
	sigset_t all, before;

	if (other == self || now < atomic_load(&retry_at) || !owner_may_change()) {
		errno = saved;
		return;
	}
	/* pthread_create() allocates, and malloc() may be what a handler interrupted */
	if (in_handler() || !atomic_compare_exchange_strong(&starting, &other, self)) {
		errno = saved;
		return;
	}
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int error = make_thread();
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error) {
		atomic_store(&retry_at, now + RETRY_SECONDS);
		atomic_store(&starting, 0);
		if (trace_on)
			trace_say("the thread that looks up domains could not be started");
	}
	errno = saved;
}
