/* SPDX-License-Identifier: MIT */
/* A call that succeeds leaves errno as it was. */
/*victim
opened: filter
*/
#include "../victim.h"

#include <sys/eventfd.h>

#define KEPT(...)                                                                                  \
	(__extension__({                                                                           \
		errno = 1234;                                                                      \
		long kept_ = (long)(__VA_ARGS__);                                                  \
		say("%s: %s, errno %d", #__VA_ARGS__, kept_ == -1 ? "failed" : "fine", errno);     \
		kept_;                                                                             \
	}))

int main(void)
{
	struct ep to = ep("127.0.0.1", 7005), e = {.len = sizeof(e.ss)};
	struct iovec iov = {(void *)SIP, SIP_LEN};
	struct msghdr m = {
		.msg_name = &to.ss, .msg_namelen = to.len, .msg_iov = &iov, .msg_iovlen = 1};
	struct mmsghdr mm = {.msg_hdr = m};
	char room[900];
	struct iovec in = {room, sizeof(room)};
	struct msghdr min = {.msg_iov = &in, .msg_iovlen = 1};
	int one = 1, pair[2], s, t, l, c, a;

	udp("127.0.0.1", 7005);
	s = KEPT(socket(AF_INET, SOCK_DGRAM, 0));
	e = ep("127.0.0.1", 7001);
	KEPT(bind(s, &e.sa, e.len));
	KEPT(setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)));
	KEPT(sendto(s, SIP, SIP_LEN, 0, &to.sa, to.len));
	KEPT(sendmsg(s, &m, 0));
	KEPT(sendmmsg(s, &mm, 1, 0));
	KEPT(getsockname(s, &e.sa, &e.len));
	KEPT(connect(s, &to.sa, to.len));
	KEPT(send(s, SIP, SIP_LEN, 0));
	KEPT(write(s, SIP, SIP_LEN));
	KEPT(writev(s, &iov, 1));
	t = KEPT(dup(s));
	KEPT(dup2(s, 50));
	KEPT(dup3(s, 51, O_CLOEXEC));
	KEPT(fcntl(s, F_DUPFD, 52));
	KEPT(close(t));
	KEPT(close_range(50, 60, 0));
	errno = 1234;
	closefrom(60);
	say("closefrom, errno %d", errno);
	l = KEPT(socket(AF_INET, SOCK_STREAM, 0));
	e = ep("127.0.0.1", 7006);
	KEPT(bind(l, &e.sa, e.len));
	KEPT(listen(l, 5));
	c = KEPT(socket(AF_INET, SOCK_STREAM, 0));
	KEPT(connect(c, &e.sa, e.len));
	a = KEPT(accept(l, NULL, NULL));
	KEPT(send(c, SIP, SIP_LEN, 0));
	KEPT(recvmsg(a, &min, 0));
	KEPT(syscall(SYS_getpid));
	KEPT(syscall(SYS_close, a));
	KEPT(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	KEPT(pipe(pair));
	KEPT(eventfd(0, 0));
	KEPT(epoll_create1(0));
	KEPT(open("/dev/null", O_RDWR));
	KEPT(fclose(fdopen(pair[0], "r")));
	return 0;
}
