/* SPDX-License-Identifier: MIT */
/* For victims whose listeners hear opened members: another program reaches addresses of this machine by
 * sockets that no library sees, and the victim says which of its listeners heard that, and what it is told. */
#ifndef OPENED_H
#define OPENED_H

#include "steer.h"

#include <fcntl.h>


/* A socket of another program, from the kernel's own address; for a stream, it does not wait. */
static int outside(int type, int family)
{
	return (int)raw(SYS_socket, family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, 0, 0, 0);
}

/* The listener to which that came, or NULL. */
static const struct ear *heard_by(const struct ear *ears, int wait)
{
	struct pollfd polls[16];
	int count = 0;

	for (; ears[count].name; count++)
		polls[count] = (struct pollfd){.fd = ears[count].fd, .events = POLLIN};
	if (raw(SYS_poll, (long)polls, count, wait, 0, 0, 0) <= 0)
		return NULL;
	while (!polls[--count].revents)
		;
	return &ears[count];
}

static const char *names_of(int fd)
{
	static char text[200];
	struct ep told = told_name(fd), truth = true_name(fd);

	snprintf(text, sizeof(text), "told %s, in truth %s", ep_text(&told), ep_text(&truth));
	return text;
}

static void reach_datagram(const char *host, int port, const struct ear *ears)
{
	struct ep to = ep(host, port);
	int fd = outside(SOCK_DGRAM, to.sa.sa_family);
	char text[100];

	raw(SYS_sendto, fd, (long)"hello", 5, 0, (long)&to.ss, to.len);
	const struct ear *ear = heard_by(ears, SILENCE);
	for (ssize_t n; ear && (n = recv(ear->fd, text, sizeof(text), MSG_DONTWAIT)) != 5;)
		ear = n < 0 ? NULL : ear;
	say("udp to %s: %s", ep_text(&to), ear ? ear->name : "silence");
	raw(SYS_close, fd, 0, 0, 0, 0, 0);
}

static void reach_stream(const char *host, int port, const struct ear *ears)
{
	struct ep to = ep(host, port);
	int fd = outside(SOCK_STREAM, to.sa.sa_family), error = 0;
	socklen_t len = sizeof(error);
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	const struct ear *ear;

	raw(SYS_connect, fd, (long)&to.ss, to.len, 0, 0, 0);
	long ready = raw(SYS_poll, (long)&p, 1, SILENCE, 0, 0, 0);
	raw(SYS_getsockopt, fd, SOL_SOCKET, SO_ERROR, (long)&error, (long)&len, 0);
	if (ready <= 0 || error) {
		say("tcp to %s: %s", ep_text(&to), error ? strerrorname_np(error) : "silence");
	} else if ((ear = heard_by(ears, 4 * SILENCE))) { /* it is connected: it is there at once */
		int in = MUST(accept(ear->fd, NULL, NULL));
		say("tcp to %s: %s, %s", ep_text(&to), ear->name, names_of(in));
		close(in);
	} else {
		say("tcp to %s: somebody else", ep_text(&to));
	}
	raw(SYS_close, fd, 0, 0, 0, 0, 0);
}

static void reach(int type, const char *host, int port, const struct ear *ears)
{
	if (type == SOCK_DGRAM)
		reach_datagram(host, port, ears);
	else
		reach_stream(host, port, ears);
}

/* A socket with such options (0 = none), bound, and listening for connections; -1: it cannot be. Says so. */
static int try_listener(const char *name, int type, const char *host, int port, int option)
{
	struct ep e = ep(host, port);
	int fd = MUST(socket(e.sa.sa_family, type, 0)), one = 1;
	const char *failed = NULL;

	if (option)
		MUST(setsockopt(fd, SOL_SOCKET, option, &one, sizeof(one)));
	if (bind(fd, &e.sa, e.len) != 0)
		failed = "bind";
	else if (type == SOCK_STREAM && listen(fd, 16) != 0)
		failed = "listen";
	if (!failed) {
		say("%s: %s", name, names_of(fd));
		return fd;
	}
	say("%s: %s %s", name, failed, strerrorname_np(errno));
	close(fd);
	return -1;
}

/* The same of another program: what bind() and listen() say. */
static void other_program(const char *name, int type, const char *host, int port, int option)
{
	struct ep e = ep(host, port);
	long fd = outside(type, e.sa.sa_family), one = 1, error = 0;

	if (option)
		raw(SYS_setsockopt, fd, SOL_SOCKET, option, (long)&one, sizeof(int), 0);
	error = raw(SYS_bind, fd, (long)&e.ss, e.len, 0, 0, 0);
	if (!error && type == SOCK_STREAM)
		error = raw(SYS_listen, fd, 16, 0, 0, 0, 0);
	say("%s: %s", name, error ? strerrorname_np((int)-error) : "bound");
	raw(SYS_close, fd, 0, 0, 0, 0, 0);
}

#endif
