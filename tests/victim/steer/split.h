/* SPDX-License-Identifier: MIT */
/* A message that arrives in portions, cut at every pair of places and at many threes: how often the host is
 * woken for nothing, and whether it gets all of it. */
#ifndef SPLIT_H
#define SPLIT_H

#include <sys/select.h>

#include "stream.h"

struct reader {
	const char *how;
	int fd, epoll;
	struct buffer got;
	long wakes, empty;
};

static struct reader reader_of(const char *how, int fd)
{
	struct reader r = {.how = how, .fd = fd, .epoll = MUST(epoll_create1(0))};
	struct epoll_event event = {.events = EPOLLIN};

	if (strcmp(how, "blocking") != 0)
		MUST(fcntl(fd, F_SETFL, O_NONBLOCK));
	if (strcmp(how, "epoll-edge") == 0)
		event.events |= EPOLLET;
	MUST(epoll_ctl(r.epoll, EPOLL_CTL_ADD, fd, &event));
	return r;
}

static bool reader_waits(struct reader *r, int wait_ms)
{
	struct epoll_event event;
	struct pollfd p = {.fd = r->fd, .events = POLLIN};
	struct timeval limit = {wait_ms / 1000, wait_ms % 1000 * 1000};
	fd_set set;

	if (strcmp(r->how, "poll") == 0 || strcmp(r->how, "blocking") == 0)
		return poll(&p, 1, wait_ms) == 1;
	if (strcmp(r->how, "select") == 0) {
		FD_ZERO(&set);
		FD_SET(r->fd, &set);
		return select(r->fd + 1, &set, NULL, NULL, &limit) == 1;
	}
	return epoll_wait(r->epoll, &event, 1, wait_ms) == 1;
}

/* One wake-up, if there is one: reads once, or until there is no more where only an edge tells of it. */
static bool reader_wakes(struct reader *r, int wait_ms)
{
	char text[4096];
	ssize_t n;
	size_t before = r->got.n;

	if (!reader_waits(r, wait_ms))
		return false;
	r->wakes++;
	do {
		n = recv(r->fd, text, sizeof(text), 0);
		if (n > 0)
			buffer_add(&r->got, text, n);
	} while (n > 0 && strcmp(r->how, "epoll-edge") == 0);
	if (n == 0 || (n < 0 && errno != EAGAIN))
		die("recv");
	r->empty += r->got.n == before;
	return true;
}

/* Sends it cut at those places, and reads what can be read behind each. */
static void split_at(struct reader *r, int peer, const struct buffer *message,
	const struct buffer *expect, const size_t *cuts, int count)
{
	size_t at = 0;

	r->got.n = 0;
	for (int i = 0; i <= count; i++) {
		size_t to = i < count ? cuts[i] : message->n;
		peer_send(peer, message->p + at, to - at);
		at = to;
		while (reader_wakes(r, 0))
			;
	}
	while (r->got.n < expect->n && reader_wakes(r, 3000))
		;
	if (buffer_same(&r->got, expect))
		return;
	say("cut at %zu %zu: %zu of %zu bytes\n%.*s", cuts[0], cuts[count - 1], r->got.n, expect->n,
		(int)r->got.n, r->got.p);
	exit(1);
}

/* Three different places, in order. */
static void random_cuts(size_t *cuts, size_t n)
{
	do {
		for (int k = 0; k < 3; k++)
			cuts[k] = 1 + rand() % (n - 1);
	} while (cuts[0] >= cuts[1] || cuts[1] >= cuts[2]);
}

/* A reader that waits in its read, while another process sends. */
static void split_before(const char *what, struct reader *r, int peer, const struct buffer *message,
	const struct buffer *expect)
{
	enum { ROUNDS = 100 };
	struct buffer all = {0};
	char text[4096];
	ssize_t n = 1;

	if (fork() == 0) {
		srand(2);
		for (int i = 0; i < ROUNDS; i++) {
			size_t cuts[4], at = 0;
			random_cuts(cuts, message->n);
			cuts[3] = message->n;
			for (int k = 0; k < 4; at = cuts[k++]) {
				peer_send(peer, message->p + at, cuts[k] - at);
				usleep(3000);
			}
		}
		_exit(0);
	}
	for (int i = 0; i < ROUNDS; i++)
		buffer_add(&all, expect->p, expect->n);
	while (r->got.n < all.n && n > 0) {
		n = recv(r->fd, text, sizeof(text), 0);
		if (n > 0)
			buffer_add(&r->got, text, n);
		else
			r->empty++;
	}
	say("%s, %s: %s, woken for nothing %ld times in three portions, 0 in four", r->how, what,
		buffer_same(&r->got, &all) ? "all as sent" : "other bytes", r->empty);
}

static void split_everywhere(const char *what, struct reader *r, int peer,
	const struct buffer *message, const struct buffer *expect)
{
	if (strcmp(r->how, "blocking") == 0) {
		split_before(what, r, peer, message, expect);
		return;
	}
	size_t cuts[3];
	long empty;

	for (cuts[0] = 1; cuts[0] < message->n; cuts[0]++)
		for (cuts[1] = cuts[0] + 1; cuts[1] < message->n; cuts[1]++)
			split_at(r, peer, message, expect, cuts, 2);
	empty = r->empty;
	srand(1);
	for (int i = 0; i < 5000; i++) {
		random_cuts(cuts, message->n);
		split_at(r, peer, message, expect, cuts, 3);
	}
	say("%s, %s: all as sent, woken for nothing %ld times in three portions, %ld in four", r->how,
		what, empty, r->empty - empty);
}

/* What text becomes where the host reads it in one piece. */
static struct buffer read_whole(int fd, int peer, const struct buffer *message)
{
	struct buffer b = {0};
	char text[4096];

	peer_send(peer, message->p, message->n);
	wait_readable(fd);
	ssize_t n = recv(fd, text, sizeof(text), 0);
	if (n <= 0)
		die("a message in one piece");
	buffer_add(&b, text, n);
	return b;
}

#endif
