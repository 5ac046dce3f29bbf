/* SPDX-License-Identifier: MIT */
/* Signals during blocking calls: EINTR without SA_RESTART, waiting on with it. */
#include "../victim.h"

static volatile int caught;
static volatile pid_t tid;
static int s, l, dialer, stream;
static struct ep busy;
static char big[1 << 22];

static void handler(int sig)
{
	(void)sig;
	caught++;
}

static void *act(void *arg)
{
	struct iovec iov = {big, 100};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
	struct ep e = {.len = sizeof(e.ss)};
	struct timespec forever = {1000, 0};

	tid = gettid();
	switch ((intptr_t)arg) {
	case 0:
		DID(recv(s, big, 100, 0));
		break;
	case 1:
		DID(recvfrom(s, big, 100, 0, &e.sa, &e.len));
		break;
	case 2:
		DID(recvmsg(s, &m, 0));
		break;
	case 3:
		DID(recvmmsg(s, &(struct mmsghdr){.msg_hdr = m}, 1, 0, &forever));
		break;
	case 4:
		DID(accept(l, NULL, NULL) >= 0);
		break;
	case 5:
		DID(accept4(l, NULL, NULL, SOCK_CLOEXEC) >= 0);
		break;
	case 6:
		DID(read(s, big, 100));
		break;
	}
	return NULL;
}

static void round_of(int what, bool restart)
{
	struct ep to = ep("127.0.0.1", 7001), tol = ep("127.0.0.1", 7006);
	struct sigaction sa = {.sa_handler = handler, .sa_flags = restart ? SA_RESTART : 0};
	pthread_t t;
	int c;

	sigaction(SIGUSR1, &sa, NULL);
	tid = 0;
	pthread_create(&t, NULL, act, (void *)(intptr_t)what);
	while (!tid)
		sched_yield();
	wait_blocked(tid);
	caught = 0;
	pthread_kill(t, SIGUSR1);
	while (!caught)
		usleep(100);
	if (restart) {
		wait_blocked(tid);
		if (what == 4 || what == 5) {
			c = socket(AF_INET, SOCK_STREAM, 0);
			MUST(connect(c, &tol.sa, tol.len));
		} else {
			MUST(sendto(s, SIP, SIP_LEN, 0, &to.sa, to.len));
		}
	}
	pthread_join(t, NULL);
}

static void *dials(void *arg)
{
	tid = gettid();
	if (arg)
		DID(connect(dialer, &busy.sa, busy.len));
	else
		DID(send(stream, big, sizeof(big), 0) > 0);
	return NULL;
}

int main(void)
{
	struct sigaction sa = {.sa_handler = handler};
	struct timeval moment = {0, 50000};
	pthread_t t;
	int full;

	s = udp("127.0.0.1", 7001);
	l = tcp_listener("127.0.0.1", 7006);
	for (int what = 0; what < 7; what++) {
		say("-- %d", what);
		round_of(what, false);
		round_of(what, true);
	}
	full = bound(SOCK_STREAM, "127.0.0.1", 7007);
	MUST(listen(full, 0));
	busy = ep("127.0.0.1", 7007);
	stream = tcp_to("127.0.0.1", 7007);
	dialer = MUST(socket(AF_INET, SOCK_STREAM, 0));
	sigaction(SIGUSR1, &sa, NULL);
	for (intptr_t what = 0; what < 2; what++) {
		tid = 0;
		pthread_create(&t, NULL, dials, (void *)what);
		while (!tid)
			sched_yield();
		wait_blocked(tid);
		usleep(20000); /* a sender fills what there is first */
		pthread_kill(t, SIGUSR1);
		pthread_join(t, NULL);
	}
	MUST(fcntl(dialer, F_SETFL, O_NONBLOCK));
	DID(connect(dialer, &busy.sa, busy.len));
	MUST(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &moment, sizeof(moment)));
	DID(recv(s, big, 100, 0));
	return 0;
}
