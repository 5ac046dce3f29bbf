/* SPDX-License-Identifier: MIT */
/* Listeners and connections on large descriptor numbers. */
/*expect
sendto = all
heard on M: peer saw 10.0.1.1:5060
send = all
heard on stream: peer saw 10.0.1.1:*
sendto = -1 ENETUNREACH
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS
*/
#include "steer.h"

#include <sys/resource.h>

static int high(int fd, int number)
{
	MUST(dup2(fd, number));
	MUST(close(fd));
	return number;
}

int main(void)
{
	struct ep routed = ep(ROUTED4, 5060);
	struct rlimit limit;
	int h, m, s;

	MUST(getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = limit.rlim_max;
	MUST(setrlimit(RLIMIT_NOFILE, &limit));
	h = high(udp(H4, 5070), 960);
	m = high(udp(M4, 5060), (int)limit.rlim_max - 1);
	s = high(bound(SOCK_STREAM, "0.0.0.0", 0), 5000);
	ask("sendto", h, &routed, EARS({"H", h}, {"M", m}));
	MUST(connect(s, &routed.sa, routed.len));
	ask("send", s, NULL, EARS({"stream", s}));
	MUST(close_range(5000, ~0U, 0));
	ask("sendto", h, &routed, EARS({"H", h}));
	return 0;
}
