/* SPDX-License-Identifier: MIT */
/* recvmsg, recvmmsg: descriptors that arrive in SCM_RIGHTS are new numbers (unix(7)). */
#include "hook.h"

static void forget_rights(const struct msghdr *msg)
{
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR((struct msghdr *)(uintptr_t)msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = 0; CMSG_LEN(at + sizeof(int)) <= c->cmsg_len; at += sizeof(int)) {
			int fd;
			memcpy(&fd, CMSG_DATA(c) + at, sizeof(fd));
			fds_forget(fd);
		}
	}
}

HOOK(ssize_t, recvmsg, int fd, struct msghdr *msg, int flags)
{
	ssize_t result = real.recvmsg(fd, msg, flags);

	if (unlikely(shim_mode != SHIM_INERT) && result >= 0 && msg->msg_controllen)
		forget_rights(msg);
	return result;
}

HOOK(int, recvmmsg, int fd, struct mmsghdr *msgs, unsigned count, int flags,
	struct timespec *timeout)
{
	int result = real.recvmmsg(fd, msgs, count, flags, timeout);

	for (int i = 0; unlikely(shim_mode != SHIM_INERT) && i < result; i++) {
		if (msgs[i].msg_hdr.msg_controllen)
			forget_rights(&msgs[i].msg_hdr);
	}
	return result;
}
