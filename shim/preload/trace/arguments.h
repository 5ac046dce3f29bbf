/* SPDX-License-Identifier: MIT */
/* Arguments of socket calls in strace's own notation (strace 6.1, -yy -s 32). Memory of the host
 * is read only where it is known or found to be readable, otherwise its address is printed.
 * Async-signal-safe. */
#ifndef BOND_TRACE_ARGUMENTS_H
#define BOND_TRACE_ARGUMENTS_H

#include <sys/uio.h>

#include "preload/sockets/note.h"
#include "line.h"

/* Whether n bytes at p can be read; asks the kernel, one call a page, and leaves errno alone. */
bool arguments_readable(const void *p, size_t n);

/* The descriptor with what word and record know of it: 7<UDP:[10.0.0.3:5060]>. */
void arguments_fd(struct line *l, int fd, uint32_t bits, const struct addr *local,
	const struct addr *peer);

void arguments_string(struct line *l, const void *p, size_t n);
void arguments_sockaddr(struct line *l, const void *sa, socklen_t len);
void arguments_message_flags(struct line *l, int flags);
void arguments_iovec(struct line *l, const struct iovec *iov, size_t count);
void arguments_msghdr(struct line *l, const struct msghdr *msg);
/* sent = how many of them the kernel took, or -1. */
void arguments_mmsghdr(struct line *l, const struct mmsghdr *msgs, unsigned count, long sent);
void arguments_socket(struct line *l, int domain, int type, int protocol);
/* SOCK_CLOEXEC and SOCK_NONBLOCK of accept4(). */
void arguments_accept_flags(struct line *l, int flags);
/* Argument number i, counted from 0 behind the descriptor, of fcntl, dup3, close_range and calls
 * whose arguments are plain numbers. */
void arguments_number(struct line *l, const char *name, int i, long n);
/* "-1 ENETUNREACH (Network is unreachable)" */
void arguments_error(struct line *l, int error);

#endif
