/* SPDX-License-Identifier: MIT */
/* One process connects and writes, another keeps the connection, a third reads (SCM_RIGHTS), and each
 * change of hands happens in the middle of a message, with its field half sent or half there. */
/*ini
[bond:ext]
member = tcp:10.0.1.1:5060
[route:peer]
to = 10.0.3.1:5090
bond = ext
*/
/*expect
the peer sees the member
sent by two processes: same
response: held back at first
response: read by another process as if no library were there
*/
#include "stream.h"

static const char one[] = REQUEST("1", "0");
#define ONE (sizeof(one) - 1)

int main(void)
{
	struct buffer expect, got = {0}, response, original;
	int over[2], peer, fd;
	char text[2000];

	streams_open();
	expect = wire_of(one, ONE);
	say("the peer sees the %s", buffer_has(&expect, "10.0.1.1") ? "member" : "host");
	response = response_of(&expect, "v=0\n");
	original = response_to(one, "v=0\n");
	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, over));
	pid_t pid = MUST(fork());
	if (pid == 0) {
		struct ep to = ep(T4, PEER_PORT);
		fd = MUST(socket(AF_INET, SOCK_STREAM, 0));
		MUST(connect(fd, &to.sa, to.len));
		MUST(send(fd, one, 90, 0)); /* in the first Via */
		MUST(pass_fds(over[1], &fd, 1));
		_exit(0);
	}
	MUST(take_fds(over[0], &fd, 1, 0, NULL));
	waitpid(pid, NULL, 0);
	peer = raw(SYS_accept, peer_listener, 0, 0, 0, 0, 0);
	MUST(send(fd, one + 90, ONE - 90, 0));
	peer_read_n(peer, &got, expect.n);
	say("sent by two processes: %s", buffer_same(&got, &expect) ? "same" : "other bytes");

	MUST(fcntl(fd, F_SETFL, O_NONBLOCK));
	peer_send(peer, response.p, 45); /* in the first Via */
	wait_readable(fd);
	got.n = 0;
	for (ssize_t n; (n = recv(fd, text, sizeof(text), 0)) > 0;)
		buffer_add(&got, text, n);
	say("response: %s", got.n < 45 && errno == EAGAIN ? "held back at first" : "not held back");
	pid = MUST(fork());
	if (pid == 0) {
		struct epoll_event event = {.events = EPOLLIN};
		int mine, poll = MUST(epoll_create1(0));
		close(fd);
		MUST(take_fds(over[1], &mine, 1, 0, NULL));
		MUST(epoll_ctl(poll, EPOLL_CTL_ADD, mine, &event));
		peer_send(peer, response.p + 45, response.n - 45);
		while (got.n < original.n && epoll_wait(poll, &event, 1, 2000) == 1) {
			ssize_t n = recv(mine, text, sizeof(text), 0);
			if (n > 0)
				buffer_add(&got, text, n);
			else if (n == 0 || errno != EAGAIN)
				break;
		}
		say("response: %s", buffer_same(&got, &original)
			? "read by another process as if no library were there" : got.p);
		_exit(0);
	}
	MUST(pass_fds(over[0], &fd, 1));
	close(fd);
	waitpid(pid, NULL, 0);
	return 0;
}
