/* SPDX-License-Identifier: MIT */
/* The calls stay cancellation points: blocked ones end, a pending cancel ends them before they act.
 * */
#include "../victim.h"

static int s, connected, ear, listener, dialer, stream, end;
static struct ep to, busy;
static volatile pid_t tid;
static volatile bool cleaned;
static char big[1 << 22];

static void cleanup(void *arg)
{
	(void)arg;
	cleaned = true;
}

static long act(int what)
{
	struct iovec iov = {big, sizeof(big)}, in = {big, 100}, little = {(void *)SIP, SIP_LEN};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1},
		      min = {.msg_iov = &in, .msg_iovlen = 1};
	struct msghdr mto = {
		.msg_name = &to.ss, .msg_namelen = to.len, .msg_iov = &little, .msg_iovlen = 1};
	struct mmsghdr mm = {.msg_hdr = mto}, mmin = {.msg_hdr = min};
	struct ep e = {.len = sizeof(e.ss)};

	switch (what) {
	case 0:
		return recv(s, big, 10, 0);
	case 1:
		return recvfrom(s, big, 10, 0, &e.sa, &e.len);
	case 2:
		return recvmsg(s, &min, 0);
	case 3:
		return recvmmsg(s, &mmin, 1, 0, NULL);
	case 4:
		return accept(listener, NULL, NULL);
	case 5:
		return accept4(listener, NULL, NULL, 0);
	case 6:
		return connect(dialer, &busy.sa, busy.len);
	case 7:
		return send(stream, big, sizeof(big), 0);
	case 8:
		return sendto(stream, big, sizeof(big), 0, NULL, 0);
	case 9:
		return sendmsg(stream, &m, 0);
	case 10:
		return write(stream, big, sizeof(big));
	case 11:
		return writev(stream, &iov, 1);
	case 12:
		return fcntl(end, F_SETLKW, &(struct flock){.l_type = F_WRLCK});
	case 13:
		return sendto(s, SIP, SIP_LEN, 0, &to.sa, to.len); /* from here: not blocking */
	case 14:
		return sendmsg(s, &mto, 0);
	case 15:
		return sendmmsg(s, &mm, 1, 0);
	case 16:
		return send(connected, SIP, SIP_LEN, 0);
	case 17:
		return write(connected, SIP, SIP_LEN);
	case 18:
		return writev(connected, &little, 1);
	case 19:
		return open("/dev/null", O_RDWR) == -1;
	case 20:
		return close(-1);
	default:
		return pause();
	}
}

static const char *const names[] = {"recv", "recvfrom", "recvmsg", "recvmmsg", "accept", "accept4",
	"connect", "send", "sendto", "sendmsg", "write", "writev", "F_SETLKW", "sendto", "sendmsg",
	"sendmmsg", "send", "write", "writev", "open", "close"};

static void *blocked(void *arg)
{
	long ret;

	pthread_cleanup_push(cleanup, NULL);
	tid = gettid();
	do
		ret = act((int)(intptr_t)arg);
	while (ret > 0); /* the first send may take a part */
	pthread_cleanup_pop(0);
	return (void *)1;
}

static void *pending(void *arg)
{
	pthread_cleanup_push(cleanup, NULL);
	pthread_cancel(pthread_self());
	act((int)(intptr_t)arg);
	pthread_cleanup_pop(0);
	return (void *)1;
}

static void say_end(const char *how, int what, pthread_t t)
{
	struct timespec until;
	void *ret = NULL;
	int e;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 3;
	e = pthread_timedjoin_np(t, &ret, &until);
	say("%s %s: %s, cleanup %s", how, names[what],
		e                         ? strerrorname_np(e)
		: ret == PTHREAD_CANCELED ? "cancelled"
					  : "returned",
		cleaned ? "ran" : "did not run");
	cleaned = false;
}

int main(void)
{
	pthread_t t;
	int l2;
	pid_t pid;

	signal(SIGPIPE, SIG_IGN);
	s = udp("127.0.0.1", 7001);
	ear = udp("127.0.0.1", 7005);
	to = ep("127.0.0.1", 7005);
	connected = MUST(socket(AF_INET, SOCK_DGRAM, 0));
	MUST(connect(connected, &to.sa, to.len));
	listener = tcp_listener("127.0.0.1", 7006);
	l2 = bound(SOCK_STREAM, "127.0.0.1", 7007);
	MUST(listen(l2, 0));
	busy = ep("127.0.0.1", 7007);
	stream = tcp_to("127.0.0.1", 7007);
	dialer = MUST(socket(AF_INET, SOCK_STREAM, 0));
	end = memfd_create("x", 0);
	pid = fork();
	if (pid == 0) {
		fcntl(end, F_SETLK, &(struct flock){.l_type = F_WRLCK});
		pause();
	}
	while (fcntl(end, F_SETLK, &(struct flock){.l_type = F_WRLCK}) == 0) {
		fcntl(end, F_SETLK, &(struct flock){.l_type = F_UNLCK});
		usleep(1000);
	}
	for (intptr_t i = 0; i < 13; i++) {
		tid = 0;
		pthread_create(&t, NULL, blocked, (void *)i);
		while (!tid)
			sched_yield();
		wait_blocked(tid);
		pthread_cancel(t);
		say_end("blocked", i, t);
	}
	for (intptr_t i = 0; i < 21; i++) {
		pthread_create(&t, NULL, pending, (void *)i);
		say_end("pending", i, t);
	}
	DID(recv(ear, big, sizeof(big), MSG_DONTWAIT));
	kill(pid, SIGKILL);
	say_child("child", pid);
	return 0;
}
