/* SPDX-License-Identifier: MIT */
/* The thread has all signals blocked, a small stack and a table of descriptors of its own, so that a host
 * that closes everything, or waits for the other end of a pipe, does not notice it. It ends with its
 * process, also where the host ends its last thread by pthread_exit(). */
#include "thread.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "bare.h"
#include "base/descriptors.h"
#include "base/in_handler.h"
#include "base/process_stat.h"
#include "base/raw.h"
#include "dns.h"
#include "dns/learn.h"
#include "dns/resolver.h"
#include "follow.h"
#include "preload/hot.h"
#include "preload/process.h"
#include "preload/image_now.h"
#include "preload/real/real.h"
#include "preload/sockets/owner.h"
#include "preload/trace/log.h"
#include "seat.h"
#include "sweep.h"
#include "watch.h"

#define STACK_SIZE (256 * 1024)
#define RETRY_SECONDS 10 /* after the thread could not be started */
#define LOOK_MS 1000     /* how often it looks whether the host has ended all of its threads */
#define TICK_MS 250      /* how often one without poll(2) looks for news */

static const _Atomic uint32_t somebody = 1, nobody;
static const _Atomic uint32_t *word = &somebody;
const _Atomic uint32_t *housekeeping_word = &somebody; /* the same, or nobody's where each call is looked at */
void (*housekeeping_call)(void);

static _Atomic pid_t starting; /* the process in which a thread has been started */
static _Atomic uint32_t retry_at;

void housekeeping_init(const struct config *c)
{
	dns_prepare(c);
	if (this_host.segment.seat && this_host.segment.states)
		housekeeping_word = word = this_host.segment.seat;
}

void housekeeping_at_calls(void (*f)(void))
{
	housekeeping_call = f;
	housekeeping_word = f ? &nobody : word;
}

/* Whether what is to be done by the rules that count needs libc. */
static bool needs_libc(void)
{
	const struct image *i = image_now();

	return i && (dns_is_asked(i) || follow_is_asked(i) || dns_is_short());
}

/* Numbers 0 to 2 stay taken: what writes to "stderr" must not write to a socket. */
static bool leave_descriptors(void)
{
	if (descriptors_leave(NULL, 0) != 0)
		return false;
	for (int i = 0; i < 3; i++)
		raw_syscall(SYS_eventfd2, 0, O_CLOEXEC, 0, 0);
	return true;
}

/* Whether only this thread is left: the first one is a zombie, and there is no third (proc(5)). */
static bool is_last(int stat)
{
	struct process_stat s;

	return process_stat_read(stat, &s) && s.state == 'Z' && s.threads <= 2;
}

static int open_stat(void)
{
	return raw_open("/proc/self/stat", O_RDONLY, 0);
}

/* Takes the rules that count, where they are others than those of *generation. */
static void take_rules(uint32_t *generation)
{
	const struct image *i = *generation != image_generation_now() ? image_now() : NULL;

	if (!i || dns_open(i) != 0)
		return;
	*generation = i->generation;
}

/* Interfaces that the rules name may have other addresses now. Returns when to try again at most, in ms. */
static int follow(struct watch *w)
{
	const struct image *i = w->moved ? image_now() : NULL;

	if (!i)
		return LOOK_MS;
	int error = follow_is_asked(i) ? follow_interfaces() : 0;
	w->moved = error == EBUSY || error == EAGAIN;
	w->stuck = error && !w->moved;
	if (w->stuck) {
		atomic_store(&this_host.segment.states->trouble, STATES_NO_RELOAD);
		if (trace_on)
			trace_say("an interface of the INI has other addresses now: bondctl reload makes them known");
	}
	return w->moved ? TICK_MS : LOOK_MS;
}

static void look_after(struct watch *w)
{
	struct pollfd fds[RESOLVER_SOCKETS_MAX + 1];
	struct sweep sweep = {0};
	struct dns_care care = {0};
	uint32_t generation = 0;
	int count = 0, stat = open_stat();

	do {
		dns_step(fds, count);
		take_rules(&generation);
		watch_step(w);
		sweep_step(&sweep);
		dns_make_room(&care, sweep.swept);
		int wait = follow(w);
		count = dns_sockets(fds, RESOLVER_SOCKETS_MAX);
		if (dns_wait() < wait)
			wait = dns_wait();
		fds[count] = (struct pollfd){.fd = watch_socket(w), .events = POLLIN};
		if (real.poll(fds, (nfds_t)count + 1, wait) <= 0)
			count = 0;
	} while (!is_last(stat));
}

static void keep_house(void)
{
	struct watch *w = mmap(NULL, sizeof(*w), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (w == MAP_FAILED) {
		atomic_store(&retry_at, learn_now() + RETRY_SECONDS);
		return;
	}
	watch_open(w);
	look_after(w);
	dns_close();
	watch_close(w);
	munmap(w, sizeof(*w));
}

static void *run(void *unused)
{
	struct seat_holder holder;

	(void)unused;
	prctl(PR_SET_NAME, "libbond");
	if (seat_take(this_host.segment.seat, &holder)) {
		owner_foreign = leave_descriptors();
		keep_house();
		seat_leave(this_host.segment.seat);
	}
	atomic_store(&starting, 0);
	return NULL;
}

/* The same in a thread that libc does not know, until something needs libc: then the next that comes by
 * starts one of the other kind. */
static void run_bare(void *room)
{
	struct seat_holder holder;
	struct watch *w = room;
	struct sweep sweep = {0};
	uint32_t generation = 0;

	if (seat_take(this_host.segment.seat, &holder)) {
		leave_descriptors();
		int stat = open_stat(), ticks = 0;
		w->fd = -1;
		/* not at once: what a program does first, as becoming another user, ends it again */
		while (bare_sleep(TICK_MS) && (++ticks % (LOOK_MS / TICK_MS) || !is_last(stat))) {
			if (ticks == 1)
				watch_open(w);
			watch_step(w);
			sweep_step(&sweep);
			if (generation != image_generation_now() && needs_libc())
				break;
			generation = image_generation_now();
		}
		watch_close(w);
		seat_leave(this_host.segment.seat);
	}
	atomic_store(&starting, 0);
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

static void call_host(void)
{
	void (*f)(void) = housekeeping_call;
	int saved = errno;

	if (f)
		f();
	errno = saved;
}

void housekeeping_start(void)
{
	call_host();
	if (!housekeeping_is_free(atomic_load(word)))
		return;
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
	int error = needs_libc() ? make_thread() : bare_start(run_bare, sizeof(struct watch));
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error) {
		atomic_store(&retry_at, error == EBUSY ? now : now + RETRY_SECONDS);
		atomic_store(&starting, 0);
		if ((page.p.mode & HOT_TRACE) && error != EBUSY)
			trace_say("the thread that looks up domains and follows addresses could not be started");
	}
	errno = saved;
}
