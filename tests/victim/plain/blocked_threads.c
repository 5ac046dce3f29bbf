/* SPDX-License-Identifier: MIT */
/* Threads wait in accept, recv, recvmsg and connect while another opens, sends, dups, closes. */
#include "../victim.h"

/* Nothing of it is the host's: it comes in as it is. */
#define REPLY "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nCall-ID: 1\r\n" \
	"From: <sip:a@x>;tag=1\r\nTo: <sip:b@x>;tag=2\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
#define REPLY_LEN (sizeof(REPLY) - 1)

static int listener, reader, reader2, dialer;
static struct ep busy;
static volatile pid_t tid;

static void *accepts(void *arg)
{
	struct ep e = {.len = sizeof(e.ss)};
	int a;

	(void)arg;
	tid = gettid();
	a = accept(listener, &e.sa, &e.len);
	say("accepted %s", ep_text(&e));
	say_heard("accepted", a);
	return NULL;
}

static void *receives(void *arg)
{
	char text[600];

	(void)arg;
	tid = gettid();
	DID(recv(reader, text, sizeof(text), 0));
	return NULL;
}

static void *receives_msg(void *arg)
{
	char text[600];
	struct iovec iov = {text, sizeof(text)};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};

	(void)arg;
	tid = gettid();
	DID(recvmsg(reader2, &m, 0));
	return NULL;
}

static void *dials(void *arg)
{
	(void)arg;
	tid = gettid();
	DID(connect(dialer, &busy.sa, busy.len));
	return NULL;
}

static pthread_t blocked(void *(*f)(void *))
{
	pthread_t t;

	tid = 0;
	pthread_create(&t, NULL, f, NULL);
	while (!tid)
		sched_yield();
	wait_blocked(tid);
	return t;
}

static void work(void)
{
	struct ep to = ep("127.0.0.1", 7005);
	int fine = 0;

	for (int i = 0; i < 200; i++) {
		int s = udp("127.0.0.1", 7010), d = dup(s), pair[2];

		fine += sendto(d, SIP, SIP_LEN, 0, &to.sa, to.len) == (ssize_t)SIP_LEN;
		fine += dup2(d, 50) == 50 && close(s) == 0 && close(d) == 0 && close(50) == 0;
		fine += pipe(pair) == 0 && pair[0] == s && write(pair[1], "x", 1) == 1;
		fine += close_range(pair[0], pair[1], 0) == 0;
	}
	say("fine %d", fine);
}

int main(void)
{
	struct ep to = ep("127.0.0.1", 7001), to2 = ep("127.0.0.1", 7002);
	int ear = udp("127.0.0.1", 7005), small = 1, full, fillers[2], c;
	pthread_t t[4];

	setsockopt(ear, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	listener = tcp_listener("127.0.0.1", 7006);
	reader = udp("127.0.0.1", 7001);
	reader2 = udp("127.0.0.1", 7002);
	full = bound(SOCK_STREAM, "127.0.0.1", 7007);
	MUST(listen(full, 0));
	busy = ep("127.0.0.1", 7007);
	fillers[0] = tcp_to("127.0.0.1", 7007); /* the only place in its queue: a SYN now waits */
	dialer = MUST(socket(AF_INET, SOCK_STREAM, 0));
	t[0] = blocked(accepts);
	t[1] = blocked(receives);
	t[2] = blocked(receives_msg);
	t[3] = blocked(dials);
	work();
	c = tcp_to("127.0.0.1", 7006);
	MUST(send(c, SIP, SIP_LEN, 0));
	pthread_join(t[0], NULL);
	MUST(sendto(ear, REPLY, REPLY_LEN, 0, &to.sa, to.len));
	pthread_join(t[1], NULL);
	MUST(sendto(ear, REPLY, REPLY_LEN, 0, &to2.sa, to2.len));
	pthread_join(t[2], NULL);
	fillers[1] = MUST(accept(full, NULL, NULL));
	pthread_join(t[3], NULL);
	DID(send(dialer, SIP, SIP_LEN, 0));
	close(fillers[1]);
	return 0;
}
