/* SPDX-License-Identifier: MIT */
/* Sends and receives make the system calls that they make bare, and no other. */
/*victim
modes: idle routes
*/
#include "../count_syscalls.h"

static int u, ear, c;
static struct ep to;

static void sends(const char *text, size_t n)
{
	struct iovec iov[2] = {{(void *)text, 1}, {(char *)text + 1, n - 1}};
	struct msghdr m = {
		.msg_name = &to.ss, .msg_namelen = to.len, .msg_iov = iov, .msg_iovlen = 2};
	struct mmsghdr mm[2] = {{.msg_hdr = m}, {.msg_hdr = m}};
	char room[1000];

	for (int i = 0; i < 10; i++) {
		if (i == 1)
			marker(); /* the first time may look at the sockets */
		sendto(u, text, n, 0, &to.sa, to.len);
		sendmsg(u, &m, 0);
		sendmmsg(u, mm, 1, 0);
		send(c, text, n, 0);
		write(c, text, n);
		writev(c, iov, 2);
		for (int k = 0; k < 6; k++)
			recv(ear, room, sizeof(room), 0);
		sendto(-1, text, n, 0, &to.sa, to.len);
	}
	marker();
}

static void sip(void)
{
	sends(SIP, SIP_LEN);
}

static void other(void)
{
	sends("\x80\0\0\1rtp", 10);
}

static void response(void)
{
	sends("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nContent-Length: "
	      "0\r\n\r\n",
		83);
}

/* By a connection whose first bytes are no SIP, to a port of a member of TCP. */
static void stream(void)
{
	static const char text[] = "GET / HTTP/1.1\r\nHost: x\r\nX: a line that is long enough for anything\r\n\r\n";
	struct iovec iov = {(void *)(uintptr_t)text, sizeof(text)};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
	struct mmsghdr mm = {.msg_hdr = m};
	struct ep there = ep("127.0.0.1", 7006);
	int listener = tcp_listener("127.0.0.1", 7006), one = MUST(socket(AF_INET, SOCK_STREAM, 0)), two;
	char room[1000];

	MUST(connect(one, &there.sa, there.len));
	two = MUST(accept(listener, NULL, NULL));
	for (int i = 0; i < 10; i++) {
		if (i == 1)
			marker();
		send(one, text, sizeof(text), 0);
		sendto(one, text, sizeof(text), 0, NULL, 0);
		write(one, text, sizeof(text));
		writev(one, &iov, 1);
		sendmsg(one, &m, 0);
		sendmmsg(one, &mm, 1, 0);
		recv(two, room, 100, 0);
		recvfrom(two, room, 100, 0, NULL, NULL);
		read(two, room, 100);
		recv(two, room, sizeof(room), 0);
		send(two, text, sizeof(text), 0);
		read(one, room, sizeof(room));
	}
	marker();
}

int main(void)
{
	to = ep("127.0.0.1", 7005);
	u = udp("127.0.0.1", 7001), ear = udp("127.0.0.1", 7005),
	c = MUST(socket(AF_INET, SOCK_DGRAM, 0));
	MUST(connect(c, &to.sa, to.len));
	say("requests");
	count_syscalls(sip);
	say("media");
	count_syscalls(other);
	say("responses");
	count_syscalls(response);
	say("a connection of no SIP");
	count_syscalls(stream);
	return 0;
}
