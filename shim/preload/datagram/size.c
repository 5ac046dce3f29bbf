/* SPDX-License-Identifier: MIT */
#include "size.h"

#include <errno.h>

#include "arrive.h"
#include "base/raw.h"
#include "control.h"
#include "preload/process.h"
#include "preload/scratch.h"

ssize_t size_of_next(int fd, ssize_t n)
{
	char control[CONTROL_OWN] __attribute__((aligned(8)));
	struct scratch *s = scratch_take();
	struct addr to = {.family = 0};
	int saved = errno;

	if (!s)
		return n;
	struct iovec iov = {s->bytes, sizeof(s->bytes)};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = bits_of(fd) & FD_ARRIVALS ? sizeof(control) : 0};
	ssize_t there = raw_recvmsg(fd, &msg, MSG_PEEK | MSG_DONTWAIT);
	if (there > 0) {
		control_split(control, msg.msg_controllen, 0, record_of(fd)->local.port, &to);
		ssize_t edited = (ssize_t)arrive_size(fd, s->bytes, (size_t)there, sizeof(s->bytes),
			to.family ? &to : NULL);
		if (edited > n)
			n = edited;
	}
	scratch_give(s);
	errno = saved;
	return n;
}

ssize_t size_there(int fd)
{
	char byte;
	struct iovec room = {&byte, sizeof(byte)};
	struct msghdr msg = {.msg_iov = &room, .msg_iovlen = 1};
	ssize_t n = raw_recvmsg(fd, &msg, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);

	return n < 0 ? 0 : n;
}

ssize_t size_told(int fd, int flags, ssize_t n)
{
	bool asked = (flags & (MSG_PEEK | MSG_TRUNC)) == (MSG_PEEK | MSG_TRUNC);

	return asked && n > 0 ? size_of_next(fd, n) : n;
}
