/* SPDX-License-Identifier: MIT */
/* The only thread of a process reads a request, and then does what is done for it: locks, sleeps, waits for
 * a server's answer, lets a helper thread look something up. The connection after that is that request's.
 * Where it turns to the next one, or takes what another process has left, it is not known any more. */
/*victim
cc: -O1 -pthread
*/
/*ini
[host]
secret = one-of-the-test-only-32-letters-
[bond:in]
member = udp:10.0.2.1:5060
member = tcp:10.0.2.1:5060
[bond:out]
member = udp:10.0.1.1:5060
member = tcp:10.0.1.1:5060
[route:in-out]
from = in
bond = out
[route:rest]
bond = in
*/
/*expect
nothing: from 10.0.1.1:*
locks: from 10.0.1.1:*
waits_for_a_lock: from 10.0.1.1:*
sleeps: from 10.0.1.1:*
asks_servers: from 10.0.1.1:*
asks_a_helper: from 10.0.1.1:*
reads_a_file: from 10.0.1.1:*
polls_its_listener: ENETUNREACH
selects_its_listener: ENETUNREACH
polls_with_epoll: ENETUNREACH
finds_nothing_more: ENETUNREACH
reads_a_pipe: ENETUNREACH
reads_an_eventfd: ENETUNREACH
waits_for_a_semaphore: ENETUNREACH
locks_what_is_shared: ENETUNREACH
meets_a_thread: ENETUNREACH
passes_a_thread_by: from 10.0.1.1:*
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS x8
*/
#include <linux/futex.h>
#include <sched.h>
#include <semaphore.h>
#include <sys/eventfd.h>

#include "from_threads.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void nothing(void) {}

static void locks(void)
{
	pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
	pthread_spinlock_t spin;

	pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&mutex);
	pthread_rwlock_rdlock(&rw);
	pthread_rwlock_unlock(&rw);
	pthread_spin_init(&spin, 0);
	pthread_spin_lock(&spin);
}

static void waits_for_a_lock(void)
{
	static int word;

	syscall(SYS_futex, &word, FUTEX_WAIT, 1, NULL, NULL, 0);
}

static void sleeps(void)
{
	usleep(1000);
	sched_yield();
}

/* A server at the end of a connection, and one at that of a UNIX socket. */
static void asks_servers(void)
{
	int ends[2], listener = raw(SYS_socket, AF_INET, SOCK_STREAM, 0, 0, 0, 0), s, far;
	struct ep at = ep("127.0.0.1", 3306);
	struct pollfd p;
	fd_set in;
	char c;

	MUST(raw(SYS_bind, listener, (long)&at.ss, at.len, 0, 0, 0));
	MUST(raw(SYS_listen, listener, 1, 0, 0, 0, 0));
	s = tcp_to("127.0.0.1", 3306);
	far = raw(SYS_accept, listener, 0, 0, 0, 0, 0);
	MUST(send(s, "?", 1, 0));
	raw(SYS_write, far, (long)"!", 1, 0, 0, 0);
	p = (struct pollfd){.fd = s, .events = POLLIN};
	MUST(poll(&p, 1, 2000));
	FD_ZERO(&in);
	FD_SET(s, &in);
	MUST(select(s + 1, &in, NULL, NULL, NULL));
	MUST(read(s, &c, 1));
	raw(SYS_close, listener, 0, 0, 0, 0, 0);
	raw(SYS_close, far, 0, 0, 0, 0, 0);
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	MUST(write(ends[0], "?", 1));
	p = (struct pollfd){.fd = ends[1], .events = POLLIN};
	MUST(poll(&p, 1, 2000));
	MUST(recv(ends[1], &c, 1, 0));
	MUST(write(ends[0], "?", 1));
	MUST(read(ends[1], &c, 1));
}

static void *looks_up(void *arg)
{
	pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&mutex);
	return arg;
}

static void asks_a_helper(void)
{
	pthread_t helper;

	pthread_create(&helper, NULL, looks_up, NULL);
	pthread_join(helper, NULL);
	pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&mutex);
}

static void reads_a_file(void)
{
	char line[64];
	int fd = open("/proc/self/stat", O_RDONLY);

	MUST(read(fd, line, sizeof(line)));
	close(fd);
}

static void polls_its_listener(void)
{
	struct pollfd p = {.fd = from_h, .events = POLLIN};

	poll(&p, 1, 0);
}

static void selects_its_listener(void)
{
	fd_set in;

	FD_ZERO(&in);
	FD_SET(from_m, &in);
	select(from_m + 1, &in, NULL, NULL, &(struct timeval){0, 0});
}

static void polls_with_epoll(void)
{
	struct epoll_event e;
	int fd = epoll_create1(0);

	epoll_wait(fd, &e, 1, 0);
	close(fd);
}

static void finds_nothing_more(void)
{
	char c[10];

	recv(from_h, c, sizeof(c), MSG_DONTWAIT);
}

static void reads_a_pipe(void)
{
	int ends[2];
	char c;

	MUST(pipe(ends));
	MUST(write(ends[1], "x", 1));
	MUST(read(ends[0], &c, 1));
}

static void reads_an_eventfd(void)
{
	uint64_t n;

	MUST(read(eventfd(1, 0), &n, sizeof(n)));
}

static void waits_for_a_semaphore(void)
{
	static sem_t sem;

	sem_init(&sem, 1, 1);
	sem_wait(&sem);
}

static void locks_what_is_shared(void)
{
	static pthread_mutex_t shared;
	pthread_mutexattr_t a;

	pthread_mutexattr_init(&a);
	pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&shared, &a);
	pthread_mutex_lock(&shared);
}

static void *stays(void *arg)
{
	raw(SYS_pause, 0, 0, 0, 0, 0, 0);
	return arg;
}

static void meets_a_thread(void)
{
	pthread_t other;

	pthread_create(&other, NULL, stays, NULL);
	pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&mutex);
}

static void passes_a_thread_by(void) {}

int main(void)
{
	static const struct {
		const char *name;
		void (*does)(void);
	} steps[] = {
#define STEP(f) {#f, f}
		STEP(nothing), STEP(locks), STEP(waits_for_a_lock), STEP(sleeps), STEP(asks_servers),
		STEP(asks_a_helper), STEP(reads_a_file), STEP(polls_its_listener),
		STEP(selects_its_listener), STEP(polls_with_epoll), STEP(finds_nothing_more),
		STEP(reads_a_pipe), STEP(reads_an_eventfd), STEP(waits_for_a_semaphore),
		STEP(locks_what_is_shared), STEP(meets_a_thread), STEP(passes_a_thread_by),
	};

	from_listen();
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		reads(from_h, ROUTED4);
		steps[i].does();
		connects(steps[i].name);
	}
	return 0;
}
