/* SPDX-License-Identifier: MIT */
/* What the host reads from a connection: the names of members become its own again, and the first
 * Via of requests may get the mark of where they came in. Called by the receive hooks and ioctl().
 * No malloc, async-signal-safe; nothing is held while a call may wait. Of several that read a connection at
 * the same time one waits for the other (alone.h).
 *
 * What is not decided yet stays in the kernel's buffer: it is only looked at (MSG_PEEK), and as
 * long as the rest of a head is missing SO_RCVLOWAT is above what is there. So poll(), select()
 * and epoll, in whichever process, tell the truth; a descriptor that goes elsewhere takes along
 * all that was not delivered. */
#ifndef BOND_STREAM_IN_H
#define BOND_STREAM_IN_H

#include "preload/trace/incoming.h"

/* As recvmsg() on a connection of which stream_wants() said yes, or which is followed. Of msg, iov and its count must be
 * set, name and control as the host has them. trace: of the call, NULL = off. */
ssize_t stream_in(int fd, struct msghdr *msg, int flags, struct trace_in *trace);

/* How many bytes a read would get: FIONREAD of the host. -1: not known. */
ssize_t stream_in_ready(int fd);

/* Gives the host's SO_RCVLOWAT back: it sets its own, or the descriptor goes to another process. */
void stream_in_release(int fd);

#endif
