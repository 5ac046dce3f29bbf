/* SPDX-License-Identifier: MIT */
/* What sendmsg(2), sendmmsg(2) and their like are given, as strace 6.1 prints it. Async-signal-safe. */
#ifndef BOND_TRACE_MESSAGES_H
#define BOND_TRACE_MESSAGES_H

#include <sys/socket.h>

#include "line.h"

void messages_msghdr(struct line *l, const struct msghdr *msg);
/* sent = how many of them the kernel took, or -1. */
void messages_mmsghdr(struct line *l, const struct mmsghdr *msgs, unsigned count, long sent);

#endif
