/* SPDX-License-Identifier: MIT */
/* Sockets on large numbers. */
#include "../victim.h"

#include <sys/resource.h>

int main(void)
{
	struct rlimit limit;
	struct ep to = ep("127.0.0.1", 7005);
	int ear = udp("127.0.0.1", 7005), s = udp("127.0.0.1", 7001), l, c, last;

	MUST(getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = limit.rlim_max;
	MUST(setrlimit(RLIMIT_NOFILE, &limit));
	last = limit.rlim_max - 1;
	DID(fcntl(s, F_DUPFD, 5000));
	DID(dup2(s, 900));
	DID(dup2(s, 960));
	DID(dup2(s, 1023));
	DID(dup2(s, last) == last);
	for (int i = 0; i < 5; i++) {
		int fd = (int[]){900, 960, 1023, 5000, last}[i];
		struct ep e = told_name(fd);

		say("%s", ep_text(&e));
		DID(sendto(fd, SIP, SIP_LEN, 0, &to.sa, to.len));
		say_heard("ear", ear);
	}
	DID(close_range(900, 4000, 0));
	DID(sendto(960, SIP, SIP_LEN, 0, &to.sa, to.len));
	l = MUST(fcntl(tcp_listener("127.0.0.1", 7006), F_DUPFD, 6000));
	c = MUST(fcntl(tcp_to("127.0.0.1", 7006), F_DUPFD, 6000));
	DID(send(c, SIP, SIP_LEN, 0));
	say_heard("accepted", MUST(accept(l, NULL, NULL)));
	DID(close(last));
	DID(close_range(5000, ~0U, 0));
	DID(open("/dev/null", O_RDWR));
	DID(fcntl(0, F_DUPFD, 5000));
	DID(sendto(5000, SIP, SIP_LEN, 0, &to.sa, to.len));
	return 0;
}
