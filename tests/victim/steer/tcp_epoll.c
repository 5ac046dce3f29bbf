/* SPDX-License-Identifier: MIT */
/* A stream socket that is registered with epoll before bind and connect, once or twice:
 * registrations and their data survive, writability and the answer are reported. */
/*victim
case: unbound-level unbound-edge any0-level any0-edge h0-edge port-level port-edge
*/
/*expect
connecting
first set: writable, data 0x1122334455667788
second set: writable, data 0xaabbccdd
send = all
first set: readable, data 0x1122334455667788
heard on it: peer saw 10.0.1.1:*
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: OPTIONS
*/
#include "steer.h"

static void wait_for(const char *name, int set, uint32_t what)
{
	struct epoll_event got[4];
	int n = 0;

	for (int tries = 0; tries < 20; tries++) {
		n = epoll_wait(set, got, 4, 2000);
		if (n <= 0 || got[0].events & (what | EPOLLERR | EPOLLHUP))
			break;
		usleep(5000); /* a level-triggered one may report less for now */
	}
	if (n != 1 || got[0].events & (EPOLLERR | EPOLLHUP))
		say("%s: %d events %#x", name, n, n > 0 ? got[0].events : 0);
	else
		say("%s: %s, data %#jx", name, what == EPOLLIN ? "readable" : "writable",
			(uintmax_t)got[0].data.u64);
}

int main(int argc, char **argv)
{
	struct ep routed = ep(ROUTED4, 5060), e = ep(argv[1][0] == 'h' ? H4 : "0.0.0.0",
						      strncmp(argv[1], "port", 4) == 0 ? 7001 : 0);
	uint32_t edge = argc > 1 && strstr(argv[1], "edge") ? EPOLLET : 0;
	struct epoll_event first = {EPOLLIN | EPOLLOUT | edge, {.u64 = 0x1122334455667788}};
	struct epoll_event second = {EPOLLOUT | edge, {.u64 = 0xaabbccdd}};
	int set = MUST(epoll_create1(0)), set2 = MUST(epoll_create1(EPOLL_CLOEXEC));
	int s = MUST(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));

	MUST(epoll_ctl(set, EPOLL_CTL_ADD, s, &first));
	MUST(epoll_ctl(set2, EPOLL_CTL_ADD, s, &second));
	epoll_wait(set, &first, 1, 0); /* what an unconnected socket reports is taken */
	epoll_wait(set2, &second, 1, 0);
	if (argv[1][0] != 'u')
		MUST(bind(s, &e.sa, e.len));
	if (connect(s, &routed.sa, routed.len) == -1 && errno != EINPROGRESS)
		say("connect: %s", strerrorname_np(errno));
	say("connecting");
	wait_for("first set", set, EPOLLOUT);
	wait_for("second set", set2, EPOLLOUT);
	ask("send", s, NULL, NULL);
	wait_for("first set", set, EPOLLIN);
	hear(EARS({"it", s}));
	return 0;
}
