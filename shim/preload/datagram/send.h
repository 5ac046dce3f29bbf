/* SPDX-License-Identifier: MIT */
/* Carries a verdict on a datagram out. Async-signal-safe; no allocation, no lock; one system call a
 * datagram once a socket is where it belongs. */
#ifndef BOND_DATAGRAM_SEND_H
#define BOND_DATAGRAM_SEND_H

#include "config/model.h"
#include "core/decide.h"
#include "preload/outgoing.h"

/* Sends the bytes of iov to a sockaddr_in, from the address of a member. */
ssize_t send_pktinfo(int fd, const struct iovec *iov, int flags, const void *to, uint32_t member);

/* The same from the address that the host knows it by, of a listener of opened members. */
ssize_t send_shown(int fd, const struct iovec *iov, int flags, const void *to);

/* Sends o as v says, once. Returns what the host's call returns, with errno; *refused: the kernel will
 * not have that source, and decide_next() may know another. v->action ACTION_NONE is the plain call. */
ssize_t send_datagram(const struct outgoing *o, const struct verdict *v, const struct sender *s,
	bool *refused);

/* Whether a sendto() on the verdict's descriptor does all that it asks for: that one's own source, marks
 * and address form are what the datagram needs. */
bool send_is_direct(const struct outgoing *o, const struct verdict *v, const struct sender *s);

#endif
