/* SPDX-License-Identifier: MIT */
/* The strace-style log of BOND_TRACE: one line a call, one write(2) a line, then the verdict.
 * Async-signal-safe after trace_init(): no malloc, no lock, no stdio; errno is kept. */
#ifndef BOND_TRACE_TRACE_H
#define BOND_TRACE_TRACE_H

#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#include "preload/sockets/note.h"
#include "core/verdict.h"
#include "config/model.h"

/* Nonzero when any line may be wanted; hooks test it first. */
extern int trace_on __attribute__((visibility("hidden")));

/* When a call began, and what was known by then. */
struct trace_mark {
	struct timespec start; /* CLOCK_MONOTONIC */
	int fd;                /* whose state follows, -1 = none */
	socklen_t room;        /* of an address to be answered; TRACE_NO_ROOM = not known */
	uint32_t bits;
	struct addr local, peer;
};

#define TRACE_NO_ROOM ((socklen_t)-1)

/* Reads the filter and file (NULL = from BOND_TRACE, BOND_TRACE_FILE; not when AT_SECURE is set),
 * opens the log under a high descriptor. c gives the names in verdicts and may be NULL. A bad filter
 * or a file that cannot be opened is a plain line on stderr; tracing is then off. */
void trace_init(const struct config *c);

/* Descriptor numbers that belong to the trace: the host must not see them (it closes EBADF). */
bool trace_owns(int fd);
/* The log's descriptor, or -1. */
int trace_descriptor(void);
/* The host is about to put something else on fd: moves the log to another number. */
void trace_move_away(int fd);

void trace_begin(struct trace_mark *m);
/* As trace_begin(), for a call that changes or ends fd: the line will show it as it was. len = where
 * the host says how much room an answer has, read now because the call overwrites it; else NULL. */
void trace_begin_call(struct trace_mark *m, int fd, const socklen_t *len);

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
/* A plain sentence of libbond itself: "libbond[PID]: text", whatever the filter. */
void trace_say(const char *text);

#endif
