/* SPDX-License-Identifier: MIT */
/* poll, select, epoll_wait and their kin: results, errors, EINTR whatever SA_RESTART says, the mask
 * that lets a signal in, cancellation. */
#include "../victim.h"

#include <sys/select.h>

int __poll_chk(struct pollfd *fds, nfds_t n, int timeout, size_t room);
int __ppoll_chk(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask,
	size_t room);

#define CALLS (__GLIBC_PREREQ(2, 35) ? 9 : 8) /* there is an epoll_pwait2() */
static const char *const names[] = {"poll", "ppoll", "__poll_chk", "__ppoll_chk", "select",
	"pselect", "epoll_wait", "epoll_pwait", "epoll_pwait2"};
static int ear, e;
static volatile pid_t tid;
static volatile int caught;

/* Waits for the ear, for ms or (-1) for ever. */
static int wait_by(int call, int ms, const sigset_t *mask)
{
	struct timespec ts = {ms / 1000, ms % 1000 * 1000000}, *t = ms < 0 ? NULL : &ts;
	struct timeval tv = {ms / 1000, ms % 1000 * 1000};
	struct pollfd p = {.fd = ear, .events = POLLIN};
	struct epoll_event event;
	fd_set set;

	FD_ZERO(&set);
	FD_SET(ear, &set);
	switch (call) {
	case 0: return poll(&p, 1, ms);
	case 1: return ppoll(&p, 1, t, mask);
	case 2: return __poll_chk(&p, 1, ms, sizeof(p));
	case 3: return __ppoll_chk(&p, 1, t, mask, sizeof(p));
	case 4: return select(ear + 1, &set, NULL, NULL, t ? &tv : NULL);
	case 5: return pselect(ear + 1, &set, NULL, NULL, t, mask);
	case 6: return epoll_wait(e, &event, 1, ms);
	case 7: return epoll_pwait(e, &event, 1, ms, mask);
	default: return epoll_pwait2(e, &event, 1, t, mask);
	}
}

static void say_wait(int call, int ms, const sigset_t *mask)
{
	errno = 4321;
	int n = wait_by(call, ms, mask), error = errno;

	say("%s = %d %s", names[call], n, error == 4321 ? "errno kept" : strerrorname_np(error));
}

static void handler(int number)
{
	(void)number;
	caught++;
}

static void *waits(void *call)
{
	tid = gettid();
	say_wait((int)(intptr_t)call, -1, NULL);
	return NULL;
}

static void disturb(int call, int flags, bool cancel)
{
	struct sigaction sa = {.sa_handler = handler, .sa_flags = flags};
	void *result = NULL;
	pthread_t t;

	sigaction(SIGUSR1, &sa, NULL);
	tid = 0;
	pthread_create(&t, NULL, waits, (void *)(intptr_t)call);
	while (!tid)
		sched_yield();
	wait_blocked(tid);
	if (cancel)
		pthread_cancel(t);
	else
		pthread_kill(t, SIGUSR1);
	pthread_join(t, &result);
	if (cancel)
		say("%s: %s", names[call], result == PTHREAD_CANCELED ? "cancelled" : "returned");
}

static void errors(void)
{
	struct timespec wrong = {0, -1};
	struct timeval wrong_us = {-1, 0};
	struct epoll_event event;
	struct pollfd p;

	DID(poll((void *)-1l, 1, 0));
	DID(ppoll(&p, 0, &wrong, NULL));
	DID(poll(&p, -1ul, 0));
	DID(select(-1, NULL, NULL, NULL, NULL));
	DID(select(0, NULL, NULL, NULL, &wrong_us));
	DID(pselect(0, NULL, NULL, NULL, &wrong, NULL));
	DID(epoll_wait(-1, &event, 1, 0));
	DID(epoll_wait(ear, &event, 1, 0));
	DID(epoll_wait(e, &event, 0, 0));
	DID(epoll_pwait(e, (void *)-1l, 1, 0, NULL));
	DID(epoll_pwait2(e, &event, 1, &wrong, NULL));
}

static void overrun(void)
{
	struct pollfd p = {.fd = ear};
	pid_t pid = fork();

	if (pid == 0) {
		close(2);
		__poll_chk(&p, 2, 0, sizeof(p));
		_exit(0);
	}
	say_child("too many for their room", pid);
}

int main(void)
{
	struct ep to = ep("127.0.0.1", 7005);
	sigset_t blocked, none;

	ear = udp("127.0.0.1", 7005), e = MUST(epoll_create1(0));
	MUST(epoll_ctl(e, EPOLL_CTL_ADD, ear, &(struct epoll_event){.events = EPOLLIN}));
	for (int i = 0; i < CALLS; i++) {
		say_wait(i, 0, NULL);
		say_wait(i, 20, NULL);
		disturb(i, 0, false);
		disturb(i, SA_RESTART, false);
		disturb(i, 0, true);
	}
	sigemptyset(&none), sigemptyset(&blocked), sigaddset(&blocked, SIGUSR1);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	caught = 0;
	for (int i = 0; i < CALLS; i++) {
		raise(SIGUSR1);
		say_wait(i, 20, &none);
		say("caught: %d", caught);
	}
	errors();
	overrun();
	MUST(sendto(ear, SIP, SIP_LEN, 0, &to.sa, to.len));
	for (int i = 0; i < CALLS; i++)
		say_wait(i, -1, NULL);
	return 0;
}
