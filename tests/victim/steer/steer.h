/* SPDX-License-Identifier: MIT */
/* For steering victims: the addresses of the test network (see net.py), sending by any call, and
 * hearing the peer's answer, which says what source the peer saw. */
#ifndef STEER_H
#define STEER_H

#include "../victim.h"

#define M4 "10.0.1.1" /* member */
#define H4 "10.0.2.1" /* the host's own choice */
#define T4 "10.0.3.1" /* a third */
#define M6 "fd00:1::1"
#define H6 "fd00:2::1"
#define T6 "fd00:3::1"
/* 10.0.0.1 and fd00::1 are what the kernel chooses. */
#define ROUTED4 "198.51.100.9"
#define OTHER4 "203.0.113.9"
#define ROUTED6 "2001:db8::9"
#define OTHER6 "2001:db8:1::9"

struct ear {
	const char *name;
	int fd;
};

#define EARS(...) ((const struct ear[]){__VA_ARGS__, {NULL, -1}})

static struct ep seen; /* what the peer saw, from the last answer heard */

/* Sends by the call of that name; send, write and writev need a connected socket. The return value
 * is the number of bytes. */
static long send_by(const char *call, int fd, const struct ep *to, const void *data, size_t n)
{
	struct iovec whole = {(void *)data, n}, bytes[1024];
	struct msghdr m = {.msg_name = to ? (void *)&to->ss : NULL,
		.msg_namelen = to ? to->len : 0,
		.msg_iov = &whole,
		.msg_iovlen = 1};
	struct mmsghdr mm = {.msg_hdr = m};
	long ret;

	for (size_t i = 0; i < n && i < 1024; i++)
		bytes[i] = (struct iovec){(char *)data + i, 1};
	if (strcmp(call, "sendto") == 0)
		return sendto(fd, data, n, 0, to ? &to->sa : NULL, to ? to->len : 0);
	if (strcmp(call, "sendmsg") == 0)
		return sendmsg(fd, &m, 0);
	if (strcmp(call, "sendmsg-bytes") == 0) {
		m.msg_iov = bytes, m.msg_iovlen = n;
		return sendmsg(fd, &m, 0);
	}
	if (strcmp(call, "sendmmsg") == 0) {
		ret = sendmmsg(fd, &mm, 1, 0);
		return ret == 1 ? (long)mm.msg_len : ret;
	}
	if (strcmp(call, "send") == 0)
		return send(fd, data, n, 0);
	if (strcmp(call, "write") == 0)
		return write(fd, data, n);
	if (strcmp(call, "writev") == 0)
		return writev(fd, &whole, 1);
	if (strcmp(call, "writev-bytes") == 0)
		return writev(fd, bytes, n);
	errno = EINVAL;
	die(call);
	return -1;
}

static bool needs_connection(const char *call)
{
	return strcmp(call, "send") == 0 || strncmp(call, "write", 5) == 0;
}

/* Waits for an answer on one of the ears and prints where it came and what it says. */
static void hear(const struct ear *ears)
{
	struct pollfd polls[16];
	char text[2048], *at, host[64];
	int count = 0, port;
	ssize_t n;

	for (; ears[count].name; count++)
		polls[count] = (struct pollfd){.fd = ears[count].fd, .events = POLLIN};
	if (raw(SYS_poll, (long)polls, count, patience(), 0, 0, 0) <= 0) {
		say("no answer heard");
		return;
	}
	for (int i = 0; i < count; i++) {
		if (!polls[i].revents)
			continue;
		n = recv(ears[i].fd, text, sizeof(text) - 1, MSG_DONTWAIT);
		if (n < 0) {
			say("%s hears %s", ears[i].name, strerrorname_np(errno));
			return;
		}
		text[n] = '\0';
		at = strstr(text, "Seen: ");
		if (!at || (sscanf(at, "Seen: [%63[^]]]:%d", host, &port) != 2 &&
				   sscanf(at, "Seen: %63[^:]:%d", host, &port) != 2)) {
			say("%s hears %zd bytes", ears[i].name, n);
			return;
		}
		seen = ep(host, port);
		say("heard on %s: peer saw %s", ears[i].name, ep_text(&seen));
		return;
	}
}

/* Sends data by call, prints how that went, and hears the answer if it went. */
static long ask_data(const char *call, int fd, const struct ep *to, const void *data, size_t n,
	const struct ear *ears)
{
	long ret;

	errno = 4321;
	ret = send_by(call, fd, to, data, n);
	if (ret == -1)
		say("%s = -1 %s", call, strerrorname_np(errno));
	else
		say("%s = %s%s", call, ret == (long)n ? "all" : "not all",
			errno == 4321 ? "" : ", errno changed");
	if (ret != -1 && ears)
		hear(ears);
	return ret;
}

/* Each request is a transaction of its own: all of one go the same way. */
static long ask(const char *call, int fd, const struct ep *to, const struct ear *ears)
{
	static char text[sizeof(SIP)];
	static char digit = '0';

	memcpy(text, SIP, sizeof(SIP));
	strstr(text, "z9hG4bK-")[8] = digit = digit == 'z' ? '0' : digit + 1;
	return ask_data(call, fd, to, text, SIP_LEN, ears);
}

/* Prints what getsockname() tells, and that its port is the true one. */
static void say_name(const char *who, int fd)
{
	struct ep told = told_name(fd), truth = true_name(fd);

	say("%s is told %s%s", who, ep_text(&told),
		ep_port(&told) == ep_port(&truth) ? "" : ", not its true port");
}

static void wait_connected(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	socklen_t len = sizeof(int);
	int error = -1;

	raw(SYS_poll, (long)&p, 1, patience(), 0, 0, 0);
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
	say("connected: %s%s", error ? strerrorname_np(error) : "yes",
		p.revents & POLLOUT ? "" : ", not writable");
}

#endif
