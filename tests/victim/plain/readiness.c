/* SPDX-License-Identifier: MIT */
/* select, poll and epoll (level, edge, one-shot) over sockets, pipes and duplicates. */
#include "../victim.h"

#include <sys/eventfd.h>
#include <sys/select.h>

static void say_events(const char *when, int ep_fd)
{
	struct epoll_event got[16];
	int n = epoll_wait(ep_fd, got, 16, 50);

	say("%s: %d", when, n);
	for (uint64_t data = 0; data < 16; data++)
		for (int i = 0; i < n; i++)
			if (got[i].data.u64 == data)
				say("  data %ju events %#x", (uintmax_t)data, got[i].events);
}

static void add(int ep_fd, int fd, uint32_t events, uint64_t data)
{
	struct epoll_event e = {events, {.u64 = data}};

	say("add %ju = %d %s", (uintmax_t)data, epoll_ctl(ep_fd, EPOLL_CTL_ADD, fd, &e),
		strerrorname_np(errno));
}

int main(void)
{
	struct ep to = ep("127.0.0.1", 7005), back = ep("127.0.0.1", 7001),
		  tol = ep("127.0.0.1", 7006);
	int ear = udp("127.0.0.1", 7005), s = udp("127.0.0.1", 7001),
	    l = tcp_listener("127.0.0.1", 7006);
	int e = DID(epoll_create1(EPOLL_CLOEXEC)), ev = DID(eventfd(0, EFD_NONBLOCK)), pair[2], c,
	    a, d;
	struct pollfd p[5];
	struct timeval now = {0, 0};
	fd_set in, out;
	char text[600];

	MUST(pipe(pair));
	errno = 0;
	d = dup(ear);
	add(e, ear, EPOLLIN, 1);
	add(e, d, EPOLLIN | EPOLLET, 2);
	add(e, s, EPOLLIN | EPOLLOUT | EPOLLONESHOT, 3);
	add(e, l, EPOLLIN | EPOLLEXCLUSIVE, 4);
	add(e, ev, EPOLLOUT, 5);
	add(e, pair[0], EPOLLIN, 6);
	add(e, ear, EPOLLIN, 7);
	errno = 0;
	say_events("idle", e);
	MUST(sendto(s, SIP, SIP_LEN, 0, &to.sa, to.len));
	say_events("one datagram", e);
	say_events("again", e);
	MUST(sendto(s, SIP, SIP_LEN, 0, &to.sa, to.len));
	say_events("two datagrams", e);
	DID(close(ear)); /* d keeps the socket alive, and both registrations */
	say_events("one number closed", e);
	MUST(recv(d, text, sizeof(text), 0));
	MUST(recv(d, text, sizeof(text), 0));
	say_events("read", e);
	DID(epoll_ctl(e, EPOLL_CTL_MOD, s, &(struct epoll_event){EPOLLIN, {.u64 = 8}}));
	MUST(sendto(d, SIP, SIP_LEN, 0, &back.sa, back.len));
	say_events("rearmed", e);
	c = MUST(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
	add(e, c, EPOLLOUT | EPOLLET, 9);
	say_events("unconnected stream", e);
	DID(connect(c, &tol.sa, tol.len));
	say_events("connecting", e);
	a = MUST(accept(l, NULL, NULL));
	add(e, a, EPOLLIN | EPOLLRDHUP, 10);
	MUST(send(c, SIP, SIP_LEN, 0));
	say_events("stream data", e);
	shutdown(c, SHUT_WR);
	say_events("half closed", e);
	p[0] = (struct pollfd){.fd = d, .events = POLLIN | POLLOUT};
	p[1] = (struct pollfd){.fd = s, .events = POLLIN};
	p[2] = (struct pollfd){.fd = ear, .events = POLLIN}; /* closed */
	p[3] = (struct pollfd){.fd = -1, .events = POLLIN, .revents = 7};
	p[4] = (struct pollfd){.fd = a, .events = POLLIN | POLLRDHUP};
	DID(poll(p, 5, 0));
	for (int i = 0; i < 5; i++)
		say("  %#x", p[i].revents);
	DID(ppoll(p, 5, &(struct timespec){0, 0}, NULL));
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(s, &in);
	FD_SET(a, &in);
	FD_SET(l, &in);
	FD_SET(d, &out);
	DID(select(64, &in, &out, NULL, &now));
	say("  %d %d %d %d", !!FD_ISSET(s, &in), !!FD_ISSET(a, &in), !!FD_ISSET(l, &in),
		!!FD_ISSET(d, &out));
	FD_SET(ear, &in);
	DID(select(64, &in, NULL, NULL, &now));
	DID(close(d));
	say_events("all numbers closed", e);
	return 0;
}
