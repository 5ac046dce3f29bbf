/* SPDX-License-Identifier: MIT */
/* A limit of 16 descriptors: where it bites, and how every call fails there. */
#include "../victim.h"

#include <sys/eventfd.h>
#include <sys/resource.h>

int main(void)
{
	struct rlimit limit = {16, 16};
	struct ep to = ep("127.0.0.1", 7005);
	int ear = udp("127.0.0.1", 7005), s = udp("127.0.0.1", 7001), fd, over[2], got[4],
	    flags = 0;
	int l = tcp_listener("127.0.0.1", 7006);

	MUST(setrlimit(RLIMIT_NOFILE, &limit));
	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, over));
	tcp_to("127.0.0.1", 7006);
	while ((fd = DID(socket(AF_INET, SOCK_DGRAM, 0))) != -1)
		;
	DID(dup(s));
	DID(dup2(s, 15));
	DID(dup2(s, 16));
	DID(dup2(s, 960));
	DID(dup3(s, 17, O_CLOEXEC));
	DID(fcntl(s, F_DUPFD, 3));
	DID(fcntl(s, F_DUPFD_CLOEXEC, 16));
	DID(pipe(got));
	DID(open("/dev/null", O_RDONLY));
	DID(eventfd(0, 0));
	DID(epoll_create1(0));
	DID(accept(l, NULL, NULL));
	DID(fopen("/dev/null", "r") == NULL);
	DID(pass_fds(over[0], (int[]){s, ear}, 2));
	DID(close(15));
	DID(take_fds(over[1], got, 4, 0, &flags));
	say("number %d flags %#x", got[0], flags);
	DID(sendto(got[0], SIP, SIP_LEN, 0, &to.sa, to.len));
	say_heard("ear", ear);
	DID(close(14));
	DID(accept(l, NULL, NULL));
	DID(syscall(SYS_socket, AF_INET, SOCK_DGRAM, 0));
	limit.rlim_cur = 5; /* below what is open */
	MUST(setrlimit(RLIMIT_NOFILE, &limit));
	DID(sendto(15, SIP, SIP_LEN, 0, &to.sa, to.len));
	say_heard("ear", ear);
	DID(close(15));
	DID(dup2(s, 6));
	say_open(20);
	return 0;
}
