/* SPDX-License-Identifier: MIT */
/* ioctl(FIONREAD), and MSG_PEEK with MSG_TRUNC in place of it. */
#include "size.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/ioctl.h>

#include "preload/datagram/arrive.h"
#include "preload/datagram/control.h"
#include "base/raw.h"
#include "preload/scratch.h"
#include "preload/stream/in.h"
#include "preload/stream/wants.h"
#include "hook.h"

/* The larger of n and what the datagram that waits will have once it is edited. What is restored may
 * be shorter than what came; but the kernel puts into the host's room what came. */
static ssize_t size_of_next(int fd, ssize_t n)
{
	char control[CMSG_SPACE(sizeof(struct in6_pktinfo))] __attribute__((aligned(8)));
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
		control_split(control, msg.msg_controllen, true, &to);
		to.port = record_of(fd)->local.port;
		ssize_t edited = (ssize_t)arrive_size(fd, s->bytes, (size_t)there, sizeof(s->bytes),
			to.family ? &to : NULL);
		if (edited > n)
			n = edited;
	}
	scratch_give(s);
	errno = saved;
	return n;
}

ssize_t size_told(int fd, int flags, ssize_t n)
{
	bool asked = (flags & (MSG_PEEK | MSG_TRUNC)) == (MSG_PEEK | MSG_TRUNC);

	return asked && n > 0 ? size_of_next(fd, n) : n;
}

/* As in receive.c: what is no datagram of SIP is the kernel's to tell. */
static bool is_edited(int fd)
{
	uint32_t bits = classified(fd);

	return !(bits & (FD_OTHER | FD_TCP)) && arrive_wants(bits);
}

HOOK(int, ioctl, int fd, unsigned long request, void *arg)
{
	int result = real.ioctl(fd, request, arg);

	if (likely(request != FIONREAD) || result != 0 || hot.mode == HOT_INERT ||
		(bits_of(fd) & FD_OTHER))
		return result;
	int *ready = arg;
	if (bits_of(fd) & FD_UDP) {
		if (*ready > 0 && is_edited(fd))
			*ready = (int)size_of_next(fd, *ready);
	} else if (!(bits_of(fd) & FD_PLAIN) && stream_wants(fd, classified(fd))) {
		ssize_t told = stream_in_ready(fd);
		if (told > 0)
			*ready = (int)told;
	}
	return result;
}
