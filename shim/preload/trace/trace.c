/* SPDX-License-Identifier: MIT */
/* The arguments of each call in their order. */
#include "trace.h"

#include <errno.h>
#include <fcntl.h>

#include "addresses.h"
#include "arguments.h"
#include "constants.h"
#include "messages.h"
#include "report.h"

static void finish(struct report *r, bool result_is_fd)
{
	report_result(r, result_is_fd);
	report_write(r);
}

static void put_flags_argument(struct line *l, int flags)
{
	line_text(l, ", ");
	constants_message_flags(l, flags);
}

void trace_send(const struct trace_mark *m, const char *name, int fd, const void *buf, size_t len,
	int flags, const void *to, socklen_t tolen, long ret, const struct verdict *v)
{
	struct report r;
	struct iovec iov = {(void *)(uintptr_t)buf, len};
	struct msghdr one = {.msg_name = (void *)(uintptr_t)to, .msg_namelen = tolen, .msg_iov = &iov,
		.msg_iovlen = 1};
	struct about about = {.one = &one};

	/* As strace shows it: send() is sendto() without an address. */
	if (!report_start(&r, m, strcmp(name, "send") ? name : "sendto", fd, ret, v, &about))
		return;
	line_text(&r.line, ", ");
	arguments_string(&r.line, buf, len);
	line_text(&r.line, ", ");
	line_unsigned(&r.line, len);
	put_flags_argument(&r.line, flags);
	line_text(&r.line, ", ");
	addresses_sockaddr(&r.line, to, tolen);
	line_text(&r.line, ", ");
	line_signed(&r.line, (int)tolen);
	finish(&r, false);
}

void trace_write(const struct trace_mark *m, int fd, const void *buf, size_t len, long ret,
	const struct verdict *v)
{
	struct report r;
	struct iovec iov = {(void *)(uintptr_t)buf, len};
	struct msghdr one = {.msg_iov = &iov, .msg_iovlen = 1};
	struct about about = {.one = &one};

	if (!report_start(&r, m, "write", fd, ret, v, &about))
		return;
	line_text(&r.line, ", ");
	arguments_string(&r.line, buf, len);
	line_text(&r.line, ", ");
	line_unsigned(&r.line, len);
	finish(&r, false);
}

void trace_writev(const struct trace_mark *m, int fd, const struct iovec *iov, int count, long ret,
	const struct verdict *v)
{
	struct report r;
	struct msghdr one = {.msg_iov = (struct iovec *)(uintptr_t)iov, .msg_iovlen = count < 0 ? 0 : (size_t)count};
	struct about about = {.one = &one};

	if (!report_start(&r, m, "writev", fd, ret, v, &about))
		return;
	line_text(&r.line, ", ");
	arguments_iovec(&r.line, iov, count < 0 ? 0 : (size_t)count);
	line_text(&r.line, ", ");
	line_signed(&r.line, count);
	finish(&r, false);
}

void trace_sendmsg(const struct trace_mark *m, int fd, const struct msghdr *msg, int flags,
	long ret, const struct verdict *v)
{
	struct report r;

	if (!report_start(&r, m, "sendmsg", fd, ret, v, &(struct about){.one = msg}))
		return;
	line_text(&r.line, ", ");
	messages_msghdr(&r.line, msg);
	put_flags_argument(&r.line, flags);
	finish(&r, false);
}

void trace_sendmmsg(const struct trace_mark *m, int fd, const struct mmsghdr *msgs, unsigned count,
	int flags, long ret, const struct verdict *v)
{
	struct report r;

	if (!report_start(&r, m, "sendmmsg", fd, ret, v, &(struct about){.several = msgs, .count = count}))
		return;
	line_text(&r.line, ", ");
	messages_mmsghdr(&r.line, msgs, count, ret);
	line_text(&r.line, ", ");
	line_unsigned(&r.line, count);
	put_flags_argument(&r.line, flags);
	finish(&r, false);
}

void trace_address(const struct trace_mark *m, const char *name, int fd, const void *sa,
	socklen_t len, long ret, const struct verdict *v)
{
	struct report r;
	struct msghdr one = {.msg_name = (void *)(uintptr_t)sa, .msg_namelen = len};
	struct about about = {.one = strcmp(name, "bind") ? &one : NULL};

	if (!report_start(&r, m, name, fd, ret, v, &about))
		return;
	line_text(&r.line, ", ");
	addresses_sockaddr(&r.line, sa, len);
	line_text(&r.line, ", ");
	line_signed(&r.line, (int)len);
	finish(&r, false);
}

void trace_answer(const struct trace_mark *m, const char *name, int fd, const void *sa,
	const socklen_t *len, int flags, long ret, const struct verdict *v)
{
	struct report r;
	struct about about = {.made = strcmp(name, "getsockname") && ret >= 0 ? (int)ret + 1 : 0};

	if (!report_start(&r, m, name, fd, ret, v, &about))
		return;
	r.line.trusted = false;
	line_text(&r.line, ", ");
	if (ret >= 0) {
		report_answer(&r.line, sa, len, m->room);
	} else {
		line_pointer(&r.line, sa);
		line_text(&r.line, ", ");
		if (r.error != EFAULT && arguments_readable(len, sizeof(*len))) {
			line_char(&r.line, '[');
			line_signed(&r.line, (int)*len);
			line_char(&r.line, ']');
		} else {
			line_pointer(&r.line, len);
		}
	}
	if (flags != -1) {
		line_text(&r.line, ", ");
		constants_accept_flags(&r.line, flags);
	}
	finish(&r, strcmp(name, "getsockname") != 0);
}

void trace_socket(const struct trace_mark *m, int domain, int type, int protocol, long ret)
{
	struct report r;

	if (!report_begin(&r, m, "socket", -1, ret, NULL, NULL))
		return;
	constants_socket(&r.line, domain, type, protocol);
	finish(&r, true);
}

void trace_numbers(const struct trace_mark *m, const char *name, int fd, const long *numbers,
	int count, long ret)
{
	struct report r;
	enum filter_call call = filter_call(name);

	if (!report_begin(&r, m, name, call == CALL_CLOSE_RANGE ? -1 : fd, ret, NULL, NULL))
		return;
	if (call == CALL_CLOSE_RANGE)
		line_unsigned(&r.line, (unsigned)fd);
	else
		trace_put_fd(&r.line, m, fd);
	for (int i = 0; i < count; i++) {
		line_text(&r.line, ", ");
		constants_number(&r.line, name, i, numbers[i]);
	}
	finish(&r, call == CALL_DUP || call == CALL_DUP2 || call == CALL_DUP3 ||
			(call == CALL_FCNTL && count &&
				(numbers[0] == F_DUPFD || numbers[0] == F_DUPFD_CLOEXEC)));
}

void trace_inside(const struct trace_mark *m, const struct trace_clear *c, long ret, const struct verdict *v)
{
	struct report r;
	struct sockaddr_storage peer;
	struct msghdr one = {.msg_name = &peer,
		.msg_namelen = addr_to_sockaddr(c->peer, c->v6 ? AF_INET6 : AF_INET, &peer)};
	struct about about = {.one = &one, .call_ids = c->call_ids};

	if (!report_begin(&r, m, c->name, -1, ret, v, &about))
		return;
	addresses_ends(&r.line, c->websocket ? "WSS" : "TLS", c->v6, c->local, c->peer);
	line_text(&r.line, ", ");
	arguments_string(&r.line, c->text, c->n);
	line_text(&r.line, ", ");
	line_unsigned(&r.line, c->len);
	finish(&r, false);
}
