/* SPDX-License-Identifier: MIT */
/* The five calls by which a host sends, each made as the host made it. */
#include "outgoing.h"

#include "preload/real/real.h"

ssize_t outgoing_plain(const struct outgoing *o)
{
	const struct msghdr *msg = o->msg;

	switch (o->call) {
	case SEND_SEND:
		return real.send(o->fd, msg->msg_iov->iov_base, msg->msg_iov->iov_len, o->flags);
	case SEND_SENDTO:
		return real.sendto(o->fd, msg->msg_iov->iov_base, msg->msg_iov->iov_len, o->flags,
			msg->msg_name, msg->msg_namelen);
	case SEND_SENDMSG:
		return real.sendmsg(o->fd, msg, o->flags);
	case SEND_WRITE:
		return real.write(o->fd, msg->msg_iov->iov_base, msg->msg_iov->iov_len);
	case SEND_WRITEV:
		break;
	}
	return real.writev(o->fd, msg->msg_iov, (int)msg->msg_iovlen);
}
