/* SPDX-License-Identifier: MIT */
/* Stream writes: partial, EAGAIN, EPIPE with and without its signal. */
#include "../victim.h"

static volatile int pipes;

static void handler(int sig)
{
	(void)sig;
	pipes++;
}

int main(void)
{
	int l = tcp_listener("127.0.0.1", 7006), c = tcp_to("127.0.0.1", 7006);
	int a = MUST(accept(l, NULL, NULL)), small = 4096;
	static char big[1 << 22];
	struct iovec iov[2] = {{big, sizeof(big)}, {(void *)SIP, SIP_LEN}};
	struct msghdr m = {.msg_iov = iov, .msg_iovlen = 2};
	struct linger now = {1, 0};
	long sum = 0, got = 0, n;

	signal(SIGPIPE, handler);
	MUST(setsockopt(c, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)));
	MUST(fcntl(c, F_SETFL, O_NONBLOCK));
	memcpy(big, SIP, SIP_LEN);
	n = sendmsg(c, &m, 0);
	DID(n > 0 && n < (long)sizeof(big));
	sum = n;
	while ((n = write(c, big, sizeof(big))) > 0)
		sum += n;
	DID(write(c, big, 1));
	DID(send(c, big, 1, 0));
	DID(writev(c, iov, 2));
	while (got < sum) {
		wait_readable(a);
		got += MUST(recv(a, big, sizeof(big), 0));
	}
	say("all %s", got == sum ? "arrived" : "did not arrive");
	MUST(setsockopt(a, SOL_SOCKET, SO_LINGER, &now, sizeof(now)));
	DID(close(a));
	wait_readable(c);
	DID(send(c, SIP, SIP_LEN, 0));
	DID(send(c, SIP, SIP_LEN, 0));
	DID(write(c, SIP, SIP_LEN));
	DID(writev(c, iov, 2));
	DID(sendmsg(c, &m, MSG_NOSIGNAL));
	say("%d signals", pipes);
	return 0;
}
