/* SPDX-License-Identifier: MIT */
/* What looks at the kernel's buffer is a bare system call: no place at which a thread may be
 * cancelled while it has a scratch buffer. */
#include "reader.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <time.h>

#include "follow.h"
#include "preload/process.h"
#include "base/pieces.h"
#include "base/raw.h"
#include "preload/readable.h"
#include "preload/real/real.h"

#define PIECES_IN 32

int reader_lowat(int fd)
{
	int lowat = 1;
	socklen_t len = sizeof(lowat);

	getsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &lowat, &len);
	return lowat;
}

void reader_set_lowat(int fd, int value)
{
	real.setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &value, sizeof(value));
}

short reader_ready(int fd, int wait_ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN | POLLRDHUP};
	struct timespec wait = {wait_ms / 1000, wait_ms % 1000 * 1000000L};

	return raw_syscall(SYS_ppoll, (long)&p, 1, (long)&wait, 0) > 0 ? p.revents : 0;
}

ssize_t reader_peek(struct reader *r)
{
	size_t given = r->p.state.given_n;
	struct iovec iov = {r->scratch->bytes + given, sizeof(r->scratch->bytes) - given};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n = raw_recvmsg(r->p.fd, &msg, MSG_PEEK | MSG_DONTWAIT);

	if (n < 0)
		return n;
	memcpy(r->scratch->bytes, r->p.state.given, given);
	r->p.n = given + (size_t)n;
	return (ssize_t)r->p.n;
}

/* By MSG_TRUNC (tcp(7)); the host's control data comes with the bytes. */
bool reader_consume(struct reader *r, size_t n)
{
	struct iovec iov = {r->scratch->bytes, n}; /* not written to */
	struct msghdr msg = *r->msg;

	if (n <= r->p.state.given_n) { /* of a field that is made again */
		r->msg->msg_namelen = 0;
		r->msg->msg_controllen = 0;
		r->msg->msg_flags = 0;
		return true;
	}
	n -= r->p.state.given_n;
	iov.iov_len = n;
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	long result = raw_recvmsg(r->p.fd, &msg, MSG_TRUNC | MSG_DONTWAIT | (r->flags & MSG_CMSG_CLOEXEC));
	r->msg->msg_namelen = msg.msg_namelen;
	r->msg->msg_controllen = msg.msg_controllen;
	r->msg->msg_flags = msg.msg_flags & ~MSG_TRUNC;
	return result == (long)n;
}

void reader_begin(struct reader *r)
{
	if (!r->alone.place)
		alone_begin(&r->alone, r->p.key);
}

bool reader_take_scratch(struct reader *r)
{
	r->scratch = scratch_wait();
	r->p.bytes = r->scratch ? r->scratch->bytes : NULL;
	return r->scratch;
}

void reader_rest(struct reader *r)
{
	websocket_end(&r->p);
	alone_end(&r->alone);
	scratch_give(r->scratch);
	r->scratch = NULL;
	r->p.bytes = NULL;
}

int reader_own_time(struct reader *r)
{
	struct timeval own = {0};
	socklen_t len = sizeof(own);

	if (getsockopt(r->p.fd, SOL_SOCKET, SO_RCVTIMEO, &own, &len) != 0 ||
		(!own.tv_sec && !own.tv_usec) || own.tv_sec > INT_MAX / 1000 - 1)
		return INT_MAX;
	return (int)(own.tv_sec * 1000 + own.tv_usec / 1000);
}

bool reader_is_blocking(struct reader *r)
{
	return !(r->flags & MSG_DONTWAIT) && !(real.fcntl(r->p.fd, F_GETFL, NULL) & O_NONBLOCK);
}

enum look reader_pass(struct reader *r)
{
	struct iovec iov[PIECES_IN];
	struct msghdr rest = {.msg_iov = iov};

	r->result = 0;
	if (r->dry || (r->to.got && !(r->flags & MSG_WAITALL)))
		return LOOK_DONE;
	if (!r->to.got) {
		r->result = follow_recv(r->p.fd, r->msg, r->flags);
		return LOOK_DONE;
	}
	rest.msg_iovlen = pieces_slice(r->msg->msg_iov, r->msg->msg_iovlen, r->to.got, SIZE_MAX, iov, PIECES_IN);
	r->result = real.recvmsg(r->p.fd, &rest, r->flags);
	if (r->result > 0)
		r->to.got += (size_t)r->result;
	return LOOK_END;
}

bool reader_open(struct reader *r)
{
	const struct msghdr *msg = r->msg;

	r->to = (struct bytes_room){.iov = msg->msg_iov,
		.count = msg->msg_iovlen,
		.only_count = r->flags & MSG_TRUNC};
	if (msg->msg_iovlen > IOV_MAX || !readable(msg->msg_iov))
		return false;
	for (size_t i = 0; i < msg->msg_iovlen; i++) {
		const struct iovec *to = &msg->msg_iov[i];
		if (!to->iov_len)
			continue;
		if (to->iov_len > SSIZE_MAX - r->to.size ||
			(!(r->flags & MSG_TRUNC) && !readable(to->iov_base)))
			return false;
		r->to.size += to->iov_len;
	}
	return r->to.size > 0;
}
