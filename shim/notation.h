/* SPDX-License-Identifier: MIT */
/* Arguments of socket calls in strace's own notation (strace 6.1, -yy -s 32). Memory of the host
 * is read only where it is known or found to be readable, otherwise its address is printed.
 * Async-signal-safe. */
#ifndef BOND_NOTATION_H
#define BOND_NOTATION_H

#include <sys/uio.h>

#include "fds.h"
#include "line.h"

/* Whether n bytes at p can be read; asks the kernel, one call a page, and leaves errno alone. */
bool notation_readable(const void *p, size_t n);

/* The descriptor with what word and record know of it: 7<UDP:[10.0.0.3:5060]>. */
void notation_fd(struct line *l, int fd, uint32_t word, const struct addr *local,
	const struct addr *peer);

void notation_string(struct line *l, const void *p, size_t n);
void notation_sockaddr(struct line *l, const void *sa, socklen_t len);
void notation_message_flags(struct line *l, int flags);
void notation_iovec(struct line *l, const struct iovec *iov, size_t count);
void notation_msghdr(struct line *l, const struct msghdr *msg);
/* sent = how many of them the kernel took, or -1. */
void notation_mmsghdr(struct line *l, const struct mmsghdr *msgs, unsigned count, long sent);
void notation_socket(struct line *l, int domain, int type, int protocol);
/* SOCK_CLOEXEC and SOCK_NONBLOCK of accept4(). */
void notation_accept_flags(struct line *l, int flags);
/* Argument number i, counted from 0 behind the descriptor, of fcntl, dup3, close_range and calls
 * whose arguments are plain numbers. */
void notation_number(struct line *l, const char *name, int i, long n);
/* "-1 ENETUNREACH (Network is unreachable)" */
void notation_error(struct line *l, int error);

#endif
