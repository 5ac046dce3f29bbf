/* SPDX-License-Identifier: MIT */
/* Called by c-ares only, on the thread that steps the look-up. */
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/uio.h>

#include "base/inode.h"

static uint64_t cookie_of(const struct wire *w, int fd)
{
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);
	return w->io->getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len) == 0 ? cookie : inode_of_socket(fd);
}

static int find(const struct wire *w, int fd)
{
	for (int i = 0; i < w->count; i++)
		if (w->sockets[i].fd == fd)
			return i;
	return -1;
}

bool wire_owns(const struct wire *w, int fd)
{
	int i = find(w, fd);
	/* Linux numbers cookies from 1; 0 = there is nothing to compare */
	return i >= 0 && (w->sockets[i].cookie == 0 || cookie_of(w, fd) == w->sockets[i].cookie);
}

ares_socket_t wire_socket(int domain, int type, int protocol, void *ctx)
{
	struct wire *w = ctx;
	if (w->count == DNS_SOCKETS_MAX) {
		errno = EMFILE;
		return -1;
	}
	int fd = w->io->socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
	if (fd < 0)
		return -1;
	if (w->fd_floor > 0) {
		int high = w->io->fcntl(fd, F_DUPFD_CLOEXEC, w->fd_floor);
		if (high >= 0) {
			w->io->close(fd);
			fd = high;
		}
	}
	w->sockets[w->count].fd = fd;
	w->sockets[w->count].events = 0;
	w->sockets[w->count++].cookie = cookie_of(w, fd);
	return fd;
}

int wire_close(ares_socket_t fd, void *ctx)
{
	struct wire *w = ctx;
	bool own = wire_owns(w, fd);
	int i = find(w, fd);
	if (i >= 0)
		w->sockets[i] = w->sockets[--w->count];
	return own ? w->io->close(fd) : 0;
}

void wire_watch(struct wire *w, int fd, short events)
{
	int i = find(w, fd);
	if (i >= 0)
		w->sockets[i].events = events;
}

int wire_connect(ares_socket_t fd, const struct sockaddr *sa, ares_socklen_t len, void *ctx)
{
	struct wire *w = ctx;
	return w->io->connect(fd, sa, len);
}

ares_ssize_t wire_receive(ares_socket_t fd, void *buf, size_t n, int flags,
	struct sockaddr *sa, ares_socklen_t *len, void *ctx)
{
	struct wire *w = ctx;
	if (!wire_owns(w, fd)) {
		errno = EBADF;
		return -1;
	}
	ssize_t got = w->io->recvfrom(fd, buf, n, flags | MSG_DONTWAIT, sa, len);
	if (got > 0 && sa) /* c-ares asks for the sender of datagrams only */
		w->received(w->ctx, buf, (size_t)got);
	return got;
}

ares_ssize_t wire_send(ares_socket_t fd, const struct iovec *iov, int count, void *ctx)
{
	struct wire *w = ctx;
	if (!wire_owns(w, fd)) {
		errno = EBADF;
		return -1;
	}
	struct msghdr m = {.msg_iov = (struct iovec *)iov, .msg_iovlen = (size_t)count};
	return w->io->sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
}
