/* SPDX-License-Identifier: MIT */
/* Carries a verdict out: the only caller of real sends, and of binds and connects that the host did
 * not ask for. Async-signal-safe; no allocation, no lock; one system call a datagram once a socket
 * is where it belongs. */
#ifndef BOND_DATAGRAM_SEND_H
#define BOND_DATAGRAM_SEND_H

#include "config/model.h"
#include "core/decide.h"
#include "outgoing.h"

/* Sends the bytes of iov to a sockaddr_in, from the address of a member. */
ssize_t send_pktinfo(int fd, const struct iovec *iov, int flags, const void *to, uint32_t member);

/* Sends o as v says, once. Returns what the host's call returns, with errno; *refused: the kernel will
 * not have that source, and decide_next() may know another. v->action ACTION_NONE is the plain call. */
ssize_t send_datagram(const struct outgoing *o, const struct verdict *v, const struct sender *s,
	bool *refused);

/* Whether a sendto() on the verdict's descriptor does all that it asks for: that one's own source, marks
 * and address form are what the datagram needs. */
bool send_is_direct(const struct outgoing *o, const struct verdict *v, const struct sender *s);

/* What opens a connection: connect(fd, sa, len), or a send with MSG_FASTOPEN. */
struct opening {
	int fd;
	const void *sa;
	socklen_t len;
	const struct outgoing *first; /* of MSG_FASTOPEN, else NULL */
};

/* The host's own call, unchanged. */
ssize_t act_open_plain(const struct opening *o);

/* Opens the connection as v says, from a socket that is neither connected nor connecting. Returns
 * what the host's call returns, with errno. The caller has asked fds_may_change(). */
ssize_t act_open(const struct opening *o, struct verdict *v, const struct sender *s);

/* Puts a fresh socket, bound to the address, in the place of fd: same number, options, flags and
 * epoll registrations. 0; EADDRNOTAVAIL and the like from bind(); EBUSY where it cannot be done
 * without the host noticing. The old socket is untouched if it fails. */
int act_replace(int fd, uint32_t bits, const struct member *m, uint16_t port);

/* The same for a datagram socket, at that address and port; what it had queued is gone. */
int act_replace_datagram(int fd, uint32_t bits, const struct addr *to);

/* Binds fd to m's address and to port, as its device and source-port ask. 0 or an errno. */
int act_bind_source(int fd, uint32_t bits, const struct member *m, uint16_t port);

#endif
