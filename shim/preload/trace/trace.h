/* SPDX-License-Identifier: MIT */
/* The strace-style log of BOND_TRACE: one line a call, one write(2) a line, then the verdict.
 * Async-signal-safe after trace_init(): no malloc, no lock, no stdio; errno is kept. */
#ifndef BOND_TRACE_TRACE_H
#define BOND_TRACE_TRACE_H

#include <sys/socket.h>
#include <sys/uio.h>

#include "call_ids.h"
#include "core/verdict.h"
#include "log.h"
#include "mark.h"

/* Each prints NAME(args) = ret ERRNO (text) <seconds> ! verdict, if the filter wants it. ret is the
 * call's result with errno set when it is -1. v may be NULL. */
void trace_send(const struct trace_mark *m, const char *name, int fd, const void *buf, size_t len,
	int flags, const void *to, socklen_t tolen, long ret, const struct verdict *v); /* send, sendto */
void trace_write(const struct trace_mark *m, int fd, const void *buf, size_t len, long ret,
	const struct verdict *v);
void trace_writev(const struct trace_mark *m, int fd, const struct iovec *iov, int count, long ret,
	const struct verdict *v);
void trace_sendmsg(const struct trace_mark *m, int fd, const struct msghdr *msg, int flags,
	long ret, const struct verdict *v);
void trace_sendmmsg(const struct trace_mark *m, int fd, const struct mmsghdr *msgs, unsigned count,
	int flags, long ret, const struct verdict *v); /* v of the first steered or refused message */
/* connect, bind: (fd, sockaddr, len) */
void trace_address(const struct trace_mark *m, const char *name, int fd, const void *sa,
	socklen_t len, long ret, const struct verdict *v);
/* getsockname, accept, accept4: (fd, sockaddr, [len]) printed after the call; flags -1 = none */
void trace_answer(const struct trace_mark *m, const char *name, int fd, const void *sa,
	const socklen_t *len, int flags, long ret, const struct verdict *v);
void trace_socket(const struct trace_mark *m, int domain, int type, int protocol, long ret);
/* close, listen, dup, dup2, dup3, ...: fd first, then count plain numbers */
void trace_numbers(const struct trace_mark *m, const char *name, int fd, const long *numbers,
	int count, long ret);

/* A call of a TLS library, of len bytes in the clear: (<TLS:[ends]>, text, len). Its errors are the library's own:
 * ret is above 0. */
struct trace_clear {
	const char *name;
	bool websocket, v6;
	const struct addr *local, *peer;
	const void *text; /* n bytes: those of the host, or of a WebSocket the message that they are */
	size_t n, len;
	const struct call_ids *call_ids;
};
void trace_inside(const struct trace_mark *m, const struct trace_clear *c, long ret, const struct verdict *v);

#endif
