/* SPDX-License-Identifier: MIT */
/* Readiness is true: while the rest of a field is missing nobody is woken again and again, and nobody
 * sleeps over what can be read. A response comes in pieces with pauses; a waiter that reads until EAGAIN
 * at each wake-up (or once, level-triggered) gets all of it with few wake-ups. */
/*victim
case: epoll epoll-edge epoll-once poll select
*/
/*ini
[bond:ext]
member = tcp:10.0.1.1:5060
[route:peer]
to = 10.0.3.1:5090
bond = ext
*/
/*expect
the peer sees the member
$CASE: 20 messages in 4 pieces each, all as sent, few wake-ups
*/
#include <sys/select.h>

#include "stream.h"

static const char one[] = REQUEST("1", "0");
static struct buffer response, original;

static bool wait_for(const char *how, int fd, int ep)
{
	struct epoll_event event;
	struct pollfd p = {.fd = fd, .events = POLLIN};
	struct timeval limit = {5, 0};
	fd_set set;

	if (strcmp(how, "poll") == 0)
		return poll(&p, 1, 5000) == 1;
	if (strcmp(how, "select") == 0) {
		FD_ZERO(&set);
		FD_SET(fd, &set);
		return select(fd + 1, &set, NULL, NULL, &limit) == 1;
	}
	return epoll_wait(ep, &event, 1, 5000) == 1;
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "poll";
	struct buffer got = {0}, expect = {0};
	int peer, fd, ep, wakes = 0;
	struct epoll_event event = {.events = EPOLLIN};
	char text[200];

	streams_open();
	struct buffer wire = wire_of(one, sizeof(one) - 1);
	say("the peer sees the %s", buffer_has(&wire, "10.0.1.1") ? "member" : "host");
	response = response_of(&wire, "v=0\n");
	original = response_to(one, "v=0\n");
	for (int i = 0; i < 20; i++)
		buffer_add(&expect, original.p, original.n);
	fd = host_connect(&peer);
	MUST(fcntl(fd, F_SETFL, O_NONBLOCK));
	ep = MUST(epoll_create1(0));
	if (strcmp(how, "epoll-edge") == 0)
		event.events |= EPOLLET;
	MUST(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event));
	pid_t pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 20; i++) {
			static const int cuts[] = {20, 45, 120};
			size_t at = 0;
			for (int j = 0; j < 4; j++) {
				size_t to = j < 3 ? (size_t)cuts[j] + i : response.n;
				peer_send(peer, response.p + at, to - at);
				at = to;
				usleep(15000);
			}
		}
		_exit(0);
	}
	while (got.n < expect.n && wakes < 10000) {
		ssize_t n;
		if (!wait_for(how, fd, ep)) {
			say("%s: asleep over %zu of %zu bytes", how, got.n, expect.n);
			return 1;
		}
		wakes++;
		do {
			n = recv(fd, text, sizeof(text), 0);
			if (n > 0)
				buffer_add(&got, text, n);
		} while (n > 0 && strcmp(how, "epoll-once") != 0);
		if (n == 0 || (n < 0 && errno != EAGAIN))
			die("recv");
	}
	waitpid(pid, NULL, 0);
	/* a piece wakes once, and once more where its end is held back; a small buffer needs more */
	int limit = strcmp(how, "epoll-once") == 0 ? 20 * 4 * 4 : 20 * 4 * 2;
	say("%s: 20 messages in 4 pieces each, %s, %s", how,
		buffer_same(&got, &expect) ? "all as sent" : "other bytes",
		wakes <= limit ? "few wake-ups" : "many wake-ups");
	if (wakes > limit)
		say("%d", wakes);
	return 0;
}
