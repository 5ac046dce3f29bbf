/* SPDX-License-Identifier: MIT */
/* The pointers of struct real change until real_init(), and some have types of their own: so each is called
 * by a function. */
#include "io.h"

#include <stdarg.h>

#include "real.h"

static int io_connect(int fd, const struct sockaddr *sa, socklen_t len)
{
	return real.connect(fd, sa, len);
}

static ssize_t io_recvfrom(
	int fd, void *buf, size_t n, int flags, struct sockaddr *sa, socklen_t *len)
{
	return real.recvfrom(fd, buf, n, flags, sa, len);
}

static int io_fcntl(int fd, int command, ...)
{
	va_list args;

	va_start(args, command);
	void *arg = va_arg(args, void *);
	va_end(args);
	return real.fcntl(fd, command, arg);
}

static int io_socket(int domain, int type, int protocol)
{
	return real.socket(domain, type, protocol);
}

static int io_close(int fd)
{
	return real.close(fd);
}

static ssize_t io_sendmsg(int fd, const struct msghdr *m, int flags)
{
	return real.sendmsg(fd, m, flags);
}

static int io_getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	return real.getsockopt(fd, level, name, value, len);
}

static int io_poll(struct pollfd *fds, nfds_t count, int timeout)
{
	return real.poll(fds, count, timeout);
}

const struct dns_io real_io = {
	.socket = io_socket,
	.close = io_close,
	.connect = io_connect,
	.recvfrom = io_recvfrom,
	.sendmsg = io_sendmsg,
	.fcntl = io_fcntl,
	.getsockopt = io_getsockopt,
	.poll = io_poll,
};
