/* SPDX-License-Identifier: MIT */
/* A routed connect() that nobody answers: other calls go on meanwhile, a signal interrupts it, a
 * cancel ends it, a time-out too. */
/*expect
while a thread is blocked:
sendto = all
heard on M: peer saw 10.0.1.1:5060
5060: peer saw 10.0.1.1:*
cancelled
connect = -1 EINTR
connect = -1 EINPROGRESS
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS
*/
#include "dial.h"

static volatile pid_t tid;
static struct ep nobody;

static void *blocked(void *arg)
{
	int s = arg ? bound(SOCK_STREAM, "0.0.0.0", 0) : MUST(socket(AF_INET, SOCK_STREAM, 0));

	tid = gettid();
	errno = 0;
	say_result("connect", connect(s, &nobody.sa, nobody.len));
	return NULL;
}

static pthread_t start(void *arg)
{
	pthread_t t;

	tid = 0;
	pthread_create(&t, NULL, blocked, arg);
	while (!tid)
		sched_yield();
	wait_blocked(tid);
	return t;
}

static void handler(int sig)
{
	(void)sig;
}

int main(void)
{
	struct ep routed = ep(ROUTED4, 5060);
	struct sigaction sa = {.sa_handler = handler};
	struct timeval moment = {0, 100000};
	int h = udp(H4, 5060), m = udp(M4, 5060), s;
	pthread_t t;
	void *end;

	nobody = ep("198.51.100.77", 5060);
	t = start(NULL);
	say("while a thread is blocked:");
	ask("sendto", h, &routed, EARS({"H", h}, {"M", m}));
	dial(ROUTED4, 5060);
	pthread_cancel(t);
	pthread_join(t, &end);
	say(end == PTHREAD_CANCELED ? "cancelled" : "not cancelled");
	sigaction(SIGUSR1, &sa, NULL);
	t = start(&nobody);
	pthread_kill(t, SIGUSR1);
	pthread_join(t, NULL);
	s = bound(SOCK_STREAM, "0.0.0.0", 7001);
	MUST(setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &moment, sizeof(moment)));
	errno = 0;
	say_result("connect", connect(s, &nobody.sa, nobody.len));
	return 0;
}
