/* SPDX-License-Identifier: MIT */
/* Every call on closed, negative and huge numbers. */
#include "../victim.h"

static void all(int fd)
{
	struct ep to = ep("127.0.0.1", 7005), e = {.len = sizeof(e.ss)};
	struct iovec iov = {(void *)SIP, SIP_LEN};
	struct msghdr m = {
		.msg_name = &to.ss, .msg_namelen = to.len, .msg_iov = &iov, .msg_iovlen = 1};
	struct mmsghdr mm = {.msg_hdr = m};
	int one = 1;

	say("-- %d", fd);
	DID(send(fd, SIP, SIP_LEN, 0));
	DID(sendto(fd, SIP, SIP_LEN, 0, &to.sa, to.len));
	DID(sendto(fd, (void *)8, SIP_LEN, 0, (void *)8, to.len));
	DID(sendmsg(fd, &m, 0));
	DID(sendmsg(fd, NULL, 0));
	DID(sendmmsg(fd, &mm, 1, 0));
	DID(sendmmsg(fd, NULL, 1, 0));
	DID(write(fd, SIP, SIP_LEN));
	DID(write(fd, (void *)8, SIP_LEN));
	DID(writev(fd, &iov, 1));
	DID(recvmsg(fd, &m, 0));
	DID(recvmsg(fd, NULL, 0));
	DID(recvmmsg(fd, &mm, 1, 0, NULL));
	DID(bind(fd, &to.sa, to.len));
	DID(bind(fd, NULL, 0));
	DID(listen(fd, 5));
	DID(connect(fd, &to.sa, to.len));
	DID(connect(fd, NULL, 0));
	DID(accept(fd, NULL, NULL));
	DID(accept4(fd, NULL, NULL, 0));
	DID(accept4(fd, NULL, NULL, -1));
	DID(getsockname(fd, &e.sa, &e.len));
	DID(getsockname(fd, NULL, NULL));
	DID(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)));
	DID(dup(fd));
	DID(dup2(fd, 40));
	DID(dup2(fd, fd));
	DID(dup3(fd, 40, 0));
	DID(dup3(fd, fd, 0));
	DID(fcntl(fd, F_DUPFD, 0));
	DID(fcntl(fd, F_GETFL));
	DID(close(fd));
	DID(syscall(SYS_close, fd));
	DID(shutdown(fd, SHUT_RDWR));
}

int main(void)
{
	int s = udp("127.0.0.1", 7001);

	close(s);
	all(s);
	all(300);
	all(-1);
	all(-2);
	all(INT_MIN);
	all(INT_MAX);
	all((1 << 20) - 1);
	all(1 << 20);
	all((1 << 20) + 1);
	DID(dup2(1, INT_MAX));
	DID(dup2(1, 1 << 30));
	DID(dup2(1, -1));
	DID(dup3(1, -1, 0));
	DID(close_range(7, 5, 0));
	DID(close_range(5, ~0U, 0));
	return 0;
}
