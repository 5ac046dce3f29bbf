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
#include "preload/lookup/idle.h"
#include "preload/opened/abreast.h"
#include "preload/opened/reach.h"
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

void (*housekeeping_call)(void);

/* The process in which a thread looks what has to be started; in which one of libc's has been; and in which a bare one
 * goes on. */
static _Atomic pid_t starting, libc_in, bare_in;
static _Atomic uint32_t retry_at; /* and in which process */
static _Atomic pid_t retry_in;

void housekeeping_init(const struct config *c)
{
	dns_prepare(c);
	if (this_host.segment.seat && this_host.segment.states)
		due_init(this_host.segment.seat);
}

void housekeeping_at_calls(void (*f)(void))
{
	housekeeping_call = f;
	due_calls(f != NULL);
}

/* Whether what is to be done by the rules that count needs libc. */
static bool needs_libc(void)
{
	const struct image *i = image_now();

	return i && (dns_is_asked(i) || follow_is_asked(i) || dns_is_short());
}

/* Numbers 0 to 2 stay taken: what writes to "stderr" must not write to a socket. By what can be neither read nor
 * written: of an eventfd qemu-user would remember the number for the host, too. False: the table is the host's. */
static bool leave_descriptors(void)
{
	if (descriptors_leave(NULL, 0) != 0)
		return false;
	for (int i = 0; i < 3; i++)
		raw_syscall(SYS_epoll_create1, O_CLOEXEC, 0, 0, 0);
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
	atomic_store(&libc_in, 0);
	return NULL;
}

/* What a thread has that libc does not know. */
struct bare_house {
	struct watch watch; /* nothing is in front of its pages */
	struct seat_holder holder;
	struct sweep sweep;
	struct fetch fetch;
	uint32_t generation;
	bool seated, opened; /* it has the seat; and has begun to watch */
	bool leads;          /* it has had it: goes on where one of libc's is wanted, which a host that is idle does not
			      * start */
};

static void take_seat(struct bare_house *h)
{
	h->seated = !seat_is_taken(atomic_load(this_host.segment.seat)) && !needs_libc() &&
		seat_take(this_host.segment.seat, &h->holder);
	h->leads = h->leads || h->seated;
}

static void leave_seat(struct bare_house *h)
{
	watch_close(&h->watch);
	h->opened = false;
	if (h->seated)
		seat_leave(this_host.segment.seat);
	h->seated = false;
}

/* The same in such a thread, until something needs libc: then the next that comes by starts one of the other kind. */
static void keep_bare(struct bare_house *h)
{
	if (h->seated && h->generation != image_generation_now() && needs_libc())
		leave_seat(h);
	else if (!h->seated)
		take_seat(h);
	h->generation = image_generation_now();
	if (!h->seated)
		return;
	if (!h->opened)
		watch_open(&h->watch);
	h->opened = true;
	watch_step(&h->watch);
	sweep_step(&h->sweep);
}

/* Waits for the rules that come, too. False: the thread is to end. */
static bool sleep_bare(const struct bare_house *h, int ms)
{
	uint32_t seen = atomic_load(&page.p.generation);

	return bare_sleep(h->generation == image_generation_now() ? ms : 0, &page.p.generation, seen);
}

static void begin_bare(struct bare_house *h)
{
	h->watch.fd = -1;
	h->opened = h->leads = false;
	h->sweep = (struct sweep){0};
	h->generation = image_generation_now();
	take_seat(h);
	bool stays = (abreast_wanted() || idle_wanted()) && !fetch_works();
	fetch_begin(&h->fetch, !stays && leave_descriptors());
}

/* One of libc's in this process has the seat: what that does not do is left to this one. */
static bool is_beside(pid_t self)
{
	return idle_wanted() && atomic_load(&libc_in) == self;
}

/* Whether it looks for members that are led. */
static bool leads(const struct bare_house *h)
{
	return idle_wanted() && (h->leads || is_beside(atomic_load(&bare_in)));
}

/* Whether there is something for it to do. */
static bool is_needed(const struct bare_house *h)
{
	return h->seated || abreast_wanted() || leads(h);
}

static void run_bare(void *room)
{
	struct bare_house *h = room;
	int ticks = 0;

	begin_bare(h);
	int stat = open_stat();
	/* not at once: what a program does first, as becoming another user, ends it again */
	bool on = is_needed(h) && sleep_bare(h, TICK_MS);
	while (on) {
		keep_bare(h);
		reach_step(&h->fetch);
		if (leads(h))
			idle_step(&h->fetch);
		on = is_needed(h) && sleep_bare(h, h->seated ? TICK_MS : LOOK_MS) &&
			(++ticks % (LOOK_MS / TICK_MS) || !is_last(stat));
	}
	leave_seat(h);
	bool again = abreast_wanted() || is_beside(atomic_load(&bare_in));
	atomic_store(&bare_in, 0);
	if (again)
		due_here();
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

/* One that is there takes the seat, if that is what is missing; one that is just ending is no help. */
static int make_bare(pid_t self)
{
	if (bare_runs()) {
		segment_wake(&page.p);
		return atomic_load(&bare_in) == self ? 0 : EBUSY;
	}
	atomic_store(&bare_in, self);
	return bare_start(run_bare, sizeof(struct bare_house), rules_now()->opens || abreast_wanted());
}

static int start_missing(pid_t self)
{
	bool free = !seat_is_taken(atomic_load(this_host.segment.seat)), libc = free && needs_libc();
	pid_t other = atomic_load(&libc_in);
	int error = 0;

	if (libc && other != self && atomic_compare_exchange_strong(&libc_in, &other, self)) {
		error = make_thread();
		if (error)
			atomic_store(&libc_in, 0);
	}
	return !error && (abreast_wanted() || is_beside(self) || (free && !libc)) ? make_bare(self) : error;
}

unsigned housekeeping_threads(void)
{
	return (atomic_load(&libc_in) == getpid()) + bare_runs();
}

void housekeeping_start(void)
{
	call_host();
	if (!due_missing())
		return;
	int saved = errno;
	uint32_t now = learn_now();
	pid_t self = getpid(), other = atomic_load(&starting);
	sigset_t all, before;

	bool tried = now < atomic_load(&retry_at) && atomic_load(&retry_in) == self;

	if (other == self || tried || !owner_may_change()) {
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
	due_taken();
	int error = start_missing(self);
	atomic_store(&retry_in, self);
	atomic_store(&retry_at, error && error != EBUSY ? now + RETRY_SECONDS : now);
	if (error && (abreast_wanted() || is_beside(self)))
		due_here();
	atomic_store(&starting, 0);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if ((page.p.mode & HOT_TRACE) && error && error != EBUSY)
		trace_say("the thread that looks up domains and follows addresses could not be started");
	errno = saved;
}
