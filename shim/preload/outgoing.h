/* SPDX-License-Identifier: MIT */
/* One send of the host, by whichever call: what all of them say is in a msghdr, made once in the hook.
 * Which call it was counts where it is made as it was, and in the trace. */
#ifndef BOND_OUTGOING_H
#define BOND_OUTGOING_H

#include <sys/socket.h>
#include <sys/uio.h>

enum send_call { SEND_SEND, SEND_SENDTO, SEND_SENDMSG, SEND_WRITE, SEND_WRITEV };

struct outgoing {
	enum send_call call;
	int fd;
	int flags;
	/* The host's own, of sendmsg(); else the hook's, with the host's pieces (of all but writev() one)
	 * and, of sendto(), its name. What it points to may be unreadable. */
	const struct msghdr *msg;
};

/* The host's own call, unchanged. */
ssize_t outgoing_plain(const struct outgoing *o);

/* What the kernel takes of so many bytes of a call that has one piece (MAX_RW_COUNT). */
static inline size_t outgoing_length(size_t n)
{
	return n < 0x7ffff000 ? n : 0x7ffff000;
}

#endif
