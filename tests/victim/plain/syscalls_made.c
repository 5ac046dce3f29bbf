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
	return 0;
}
