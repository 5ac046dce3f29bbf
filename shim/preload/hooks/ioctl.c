/* SPDX-License-Identifier: MIT */
/* ioctl(FIONREAD): how much a host is told that it can read. */
#include "hook.h"

#include <sys/ioctl.h>

#include "preload/datagram/arrive.h"
#include "preload/datagram/size.h"
#include "preload/stream/in.h"
#include "preload/stream/wants.h"

/* As in receive.c: what is no datagram of SIP is the kernel's to tell. */
static bool is_edited(int fd)
{
	uint32_t bits = classified(fd);

	return !(bits & (FD_OTHER | FD_TCP)) && arrive_wants(bits);
}

HOOK(int, ioctl, int fd, unsigned long request, void *arg)
{
	int result = real.ioctl(fd, request, arg);

	if (likely(request != FIONREAD) || result != 0 || page.p.mode == HOT_INERT ||
		(bits_of(fd) & FD_OTHER))
		return result;
	int *ready = arg;
	if (bits_of(fd) & FD_UDP) {
		if (!*ready && record_of(fd)->by_lookup)
			*ready = (int)size_there(fd);
		if (*ready > 0 && is_edited(fd))
			*ready = (int)size_of_next(fd, *ready);
	} else if (!(bits_of(fd) & FD_PLAIN) && stream_wants(fd, classified(fd))) {
		ssize_t told = stream_in_ready(fd);
		if (told > 0)
			*ready = (int)told;
	}
	return result;
}
