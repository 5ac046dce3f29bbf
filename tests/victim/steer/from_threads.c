/* SPDX-License-Identifier: MIT */
/* A thread that has read a request itself waits for, or takes, what another thread has read, by each way in
 * which threads hand things over, and opens a connection for it: what it read before does not decide, nothing
 * does. For what it reads and connects itself its own request decides. */
/*victim
cc: -O1 -pthread
timeout: 20
case: cond cond-timed cond-clock cond-c11 mutex trylock timedlock mutex-c11 rwlock rwlock-try
case: spin sem sem-timed sem-clock sem-try
case: futex futex-bitset pipe pipe-poll pipe-readv eventfd-epoll select ppoll socketpair recvmsg
case: barrier sigwait sigtimedwait msgrcv mq sleep yield clock-sleep semop syscall-poll accept atomic
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
[bond:back]
member = tcp:10.0.3.1:5060
[route:in-out]
from = in
bond = out
[route:out-back]
from = out
bond = back
*/
/*expect
its own: from 10.0.3.1:*
another one's: ENETUNREACH
its own again: from 10.0.3.1:*
the reader's: from 10.0.1.1:*
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS
peer: tcp 10.0.3.1:* > 198.51.100.9:5060: OPTIONS x2
*/
#include <mqueue.h>
#include <semaphore.h>
#include <sys/eventfd.h>
#include <linux/futex.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <threads.h>

#include "from_threads.h"

static const char *way;
static _Atomic int job;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t spin;
static pthread_barrier_t barrier;
static mtx_t mutex_c11;
static cnd_t cond_c11;
static sem_t sem;
static int ends[2], sockets[2], event, poller, queue, sems, listener;
static mqd_t mq;
static pthread_t worker;

static bool is(const char *name)
{
	return strcmp(way, name) == 0;
}

static void prepare(void)
{
	struct epoll_event e = {.events = EPOLLIN};
	sigset_t usr;

	pthread_spin_init(&spin, 0);
	pthread_barrier_init(&barrier, NULL, 2);
	mtx_init(&mutex_c11, mtx_timed);
	cnd_init(&cond_c11);
	sem_init(&sem, 0, 0);
	MUST(pipe(ends));
	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, sockets));
	event = MUST(eventfd(0, 0));
	poller = MUST(epoll_create1(0));
	MUST(epoll_ctl(poller, EPOLL_CTL_ADD, event, &e));
	queue = MUST(msgget(IPC_PRIVATE, 0600));
	sems = MUST(semget(IPC_PRIVATE, 1, 0600));
	struct mq_attr attr = {.mq_maxmsg = 1, .mq_msgsize = 1};
	mq = mq_open("/victim-from-threads", O_RDWR | O_CREAT, 0600, &attr);
	mq_unlink("/victim-from-threads");
	listener = tcp_listener("127.0.0.1", 7001);
	sigemptyset(&usr);
	sigaddset(&usr, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &usr, NULL);
}

static struct timespec soon(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	t.tv_sec += 5;
	return t;
}

static void give(void)
{
	struct {
		long type;
		char c;
	} m = {1, 'x'};
	struct sembuf up = {0, 1, 0};
	uint64_t one = 1;

	if (strncmp(way, "cond", 4) == 0) {
		pthread_mutex_lock(&mutex); /* the worker waits by then, and keeps its lock behind that */
		mtx_lock(&mutex_c11);
		job = 1;
		pthread_cond_signal(&cond);
		cnd_signal(&cond_c11);
		mtx_unlock(&mutex_c11);
		pthread_mutex_unlock(&mutex);
	}
	job = 1;
	if (strncmp(way, "sem", 3) == 0)
		sem_post(&sem);
	if (is("semop"))
		semop(sems, &up, 1);
	if (strncmp(way, "futex", 5) == 0)
		raw(SYS_futex, (long)&job, FUTEX_WAKE_PRIVATE, 9, 0, 0, 0);
	if (strncmp(way, "pipe", 4) == 0 || is("select") || is("ppoll") || is("syscall-poll"))
		MUST(write(ends[1], "x", 1));
	if (is("socketpair") || is("recvmsg"))
		MUST(send(sockets[1], "x", 1, 0));
	if (is("eventfd-epoll"))
		MUST(write(event, &one, sizeof(one)));
	if (is("barrier"))
		pthread_barrier_wait(&barrier);
	if (strncmp(way, "sig", 3) == 0)
		pthread_kill(worker, SIGUSR1);
	if (is("msgrcv"))
		MUST(msgsnd(queue, &m, 1, 0));
	if (is("mq"))
		MUST(mq_send(mq, "x", 1, 0));
	if (is("accept"))
		tcp_to("127.0.0.1", 7001);
}

static void take_by_lock(void)
{
	struct timespec until = soon(CLOCK_REALTIME);

	if (is("mutex"))
		pthread_mutex_lock(&mutex);
	else if (is("trylock"))
		pthread_mutex_trylock(&mutex);
	else if (is("timedlock"))
		pthread_mutex_timedlock(&mutex, &until);
	else if (is("mutex-c11"))
		mtx_lock(&mutex_c11);
	else if (is("rwlock"))
		pthread_rwlock_wrlock(&rwlock);
	else if (is("rwlock-try"))
		pthread_rwlock_tryrdlock(&rwlock);
	else if (is("spin"))
		pthread_spin_lock(&spin);
	else if (is("sem-try"))
		sem_trywait(&sem);
}

static void take_by_wait(void)
{
	struct timespec real = soon(CLOCK_REALTIME), mono = soon(CLOCK_MONOTONIC), nap = {0, 1000000};
	struct pollfd p = {.fd = ends[0], .events = POLLIN};
	struct epoll_event e;
	struct {
		long type;
		char c;
	} m;
	struct sembuf down = {0, -1, 0};
	char c;
	struct iovec iov = {&c, 1};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	sigset_t usr;
	fd_set in;
	int number;

	sigemptyset(&usr);
	sigaddset(&usr, SIGUSR1);
	FD_ZERO(&in);
	FD_SET(ends[0], &in);
	if (is("futex") || is("futex-bitset"))
		while (!job)
			syscall(SYS_futex, &job, is("futex") ? FUTEX_WAIT_PRIVATE : FUTEX_WAIT_BITSET_PRIVATE, 0,
				NULL, NULL, -1);
	else if (is("sem"))
		sem_wait(&sem);
	else if (is("sem-timed"))
		sem_timedwait(&sem, &real);
	else if (is("sem-clock"))
		sem_clockwait(&sem, CLOCK_MONOTONIC, &mono);
	else if (is("semop"))
		semop(sems, &down, 1);
	else if (is("pipe"))
		MUST(read(ends[0], &c, 1));
	else if (is("pipe-readv"))
		MUST(readv(ends[0], &iov, 1));
	else if (is("pipe-poll"))
		MUST(poll(&p, 1, 5000));
	else if (is("ppoll"))
		MUST(ppoll(&p, 1, NULL, NULL));
	else if (is("syscall-poll"))
		MUST(syscall(SYS_ppoll, &p, 1, &(struct timespec){5, 0}, NULL, 8));
	else if (is("select"))
		MUST(select(ends[0] + 1, &in, NULL, NULL, NULL));
	else if (is("eventfd-epoll"))
		MUST(epoll_wait(poller, &e, 1, 5000));
	else if (is("socketpair"))
		MUST(recv(sockets[0], &c, 1, 0));
	else if (is("recvmsg"))
		MUST(recvmsg(sockets[0], &msg, 0));
	else if (is("barrier"))
		pthread_barrier_wait(&barrier);
	else if (is("sigwait"))
		sigwait(&usr, &number);
	else if (is("sigtimedwait"))
		MUST(sigtimedwait(&usr, NULL, &(struct timespec){5, 0}));
	else if (is("msgrcv"))
		MUST(msgrcv(queue, &m, 1, 0, 0));
	else if (is("mq"))
		MUST(mq_receive(mq, &c, 1, NULL));
	else if (is("accept"))
		MUST(accept(listener, NULL, NULL));
	while (is("sleep") && !job)
		nanosleep(&nap, NULL);
	while (is("clock-sleep") && !job)
		clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, NULL);
	while (is("yield") && !job)
		sched_yield();
	while (is("atomic") && !job)
		;
}

/* The queue is looked at while its lock is held the whole time, as by a program with one big lock. */
static void take_by_condition(void)
{
	struct timespec real = soon(CLOCK_REALTIME), mono = soon(CLOCK_MONOTONIC);

	while (is("cond") && !job)
		pthread_cond_wait(&cond, &mutex);
	while (is("cond-timed") && !job)
		pthread_cond_timedwait(&cond, &mutex, &real);
	while (is("cond-clock") && !job)
		pthread_cond_clockwait(&cond, &mutex, CLOCK_MONOTONIC, &mono);
	while (is("cond-c11") && !job)
		cnd_wait(&cond_c11, &mutex_c11);
}

static int up[2], down[2]; /* what of the course is no hand-over */

static void tell(int fd)
{
	raw(SYS_write, fd, (long)"x", 1, 0, 0, 0);
}

static void await(int fd)
{
	char c;

	raw(SYS_read, fd, (long)&c, 1, 0, 0, 0);
}

static void *work(void *arg)
{
	bool waits = strncmp(way, "cond", 4) == 0;

	if (waits) {
		pthread_mutex_lock(&mutex);
		mtx_lock(&mutex_c11);
	}
	reads(from_m, ROUTED4);
	connects("its own");
	reads(from_m, ROUTED4);
	tell(up[1]);
	if (is("cond-c11"))
		pthread_mutex_unlock(&mutex);
	else if (waits)
		mtx_unlock(&mutex_c11);
	if (waits) {
		take_by_condition();
	} else {
		if (!strcmp(way, "mutex") || strstr(way, "lock") || strstr(way, "try") ||
			is("mutex-c11") || is("spin"))
			await(down[0]);
		take_by_lock();
		take_by_wait();
	}
	if (waits)
		await(down[0]);
	connects("another one's");
	reads(from_m, ROUTED4);
	connects("its own again");
	return arg;
}

int main(int argc, char **argv)
{
	way = argc > 1 ? argv[1] : "cond";
	from_listen();
	prepare();
	MUST(raw(SYS_pipe2, (long)up, 0, 0, 0, 0, 0));
	MUST(raw(SYS_pipe2, (long)down, 0, 0, 0, 0, 0));
	pthread_create(&worker, NULL, work, NULL);
	await(up[0]);
	reads(from_h, ROUTED4);
	give();
	tell(down[1]);
	pthread_join(worker, NULL);
	reads(from_h, ROUTED4);
	connects("the reader's");
	msgctl(queue, IPC_RMID, NULL);
	semctl(sems, 0, IPC_RMID);
	return 0;
}
