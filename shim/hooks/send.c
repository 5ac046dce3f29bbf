/* SPDX-License-Identifier: MIT */
/* send, sendto, sendmsg, sendmmsg, write, writev: handed to leave.c. What cannot be SIP passes before
 * that, and what was decided just now is repeated. */
#include "hook.h"

#include <limits.h>

#include "../leave.h"
#include "../recent.h"
#include "../sip/scan.h"

static ssize_t send_message(struct verdict *v, int fd, const struct msghdr *msg, int flags)
{
	struct outgoing o = {.call = SEND_SENDMSG, .fd = fd, .flags = flags, .msg = msg};

	return readable(msg) ? leave(&o, v) : act_plain(&o);
}

struct sendto_arguments {
	int fd, flags;
	const void *buf;
	size_t n;
	const void *to;
	socklen_t tolen;
};

static __attribute__((noinline)) ssize_t send_decided(const struct sendto_arguments *a)
{
	struct outgoing o = {.call = SEND_SENDTO,
		.fd = a->fd,
		.flags = a->flags,
		.buf = a->buf,
		.n = a->n,
		.to = a->to,
		.tolen = a->tolen};
	struct verdict v = VERDICT_EMPTY;
	struct trace_mark mark;

	if (likely(!(shim_mode & SHIM_TRACE)))
		return leave(&o, &v);
	trace_begin(&mark);
	ssize_t result = leave(&o, &v);
	trace_send(&mark, "sendto", o.fd, o.buf, o.n, o.flags, o.to, o.tolen, result, &v);
	return result;
}

static __attribute__((noinline)) ssize_t send_pktinfo(
	const struct sendto_arguments *a, const struct recent *r)
{
	ssize_t result = act_recent(r, a->fd, a->buf, a->n, a->flags, a->to, a->tolen);

	return likely(result >= 0) ? result : send_decided(a);
}

/* A usual request to a usual destination: at least 64 readable bytes, the first is not foreign. */
static __attribute__((noinline)) ssize_t send_usual(
	int fd, const void *buf, size_t n, int flags, const void *to, socklen_t tolen)
{
	struct sendto_arguments a = {fd, flags, buf, n, to, tolen};
	const struct recent *r;

	/* kept in memory, not in registers that would have to be saved for a second try */
	__asm__ volatile("" : : "m"(a));
	if ((r = recent_find(fd, to, tolen)) && likely(scan_is_usual_line(buf))) {
		if (unlikely(r->out < 0))
			return send_pktinfo(&a, r);
		ssize_t result = real.sendto(r->out, buf, n, flags, to, tolen);
		if (likely(result >= 0))
			return result;
	}
	return send_decided(&a);
}

static __attribute__((noinline)) ssize_t send_unusual(
	int fd, const void *buf, size_t n, int flags, const void *to, socklen_t tolen)
{
	struct sendto_arguments a = {fd, flags, buf, n, to, tolen};

	if (shim_mode == SHIM_ACTIVE && n && readable(buf) &&
		scan_is_foreign(*(const char *)buf) && !(flags & MSG_FASTOPEN))
		return real.sendto(fd, buf, n, flags, to, tolen);
	return send_decided(&a);
}

HOOK(ssize_t, sendto, int fd, const void *buf, size_t n, int flags, const void *to, socklen_t tolen)
{
	int mode = shim_mode;

	if (unlikely(mode != SHIM_ACTIVE)) {
		if (mode == SHIM_INERT)
			return real.sendto(fd, buf, n, flags, to, tolen);
		return send_unusual(fd, buf, n, flags, to, tolen);
	}
	if (unlikely(n < 64 || !readable(buf)))
		return send_unusual(fd, buf, n, flags, to, tolen);
	if (!scan_is_foreign(*(const char *)buf))
		return send_usual(fd, buf, n, flags, to, tolen);
	if (unlikely(flags & MSG_FASTOPEN))
		return send_unusual(fd, buf, n, flags, to, tolen);
	return real.sendto(fd, buf, n, flags, to, tolen);
}

HOOK(ssize_t, send, int fd, const void *buf, size_t n, int flags)
{
	if (likely(shim_mode == SHIM_INERT))
		return real.send(fd, buf, n, flags);

	struct outgoing o = {.call = SEND_SEND, .fd = fd, .flags = flags, .buf = buf, .n = n};
	struct verdict v = VERDICT_EMPTY;
	struct trace_mark mark;

	if (likely(!(shim_mode & SHIM_TRACE)))
		return leave(&o, &v);
	trace_begin(&mark);
	ssize_t result = leave(&o, &v);
	trace_send(&mark, "send", fd, buf, n, flags, NULL, 0, result, &v);
	return result;
}

HOOK(ssize_t, sendmsg, int fd, const struct msghdr *msg, int flags)
{
	if (likely(shim_mode == SHIM_INERT))
		return real.sendmsg(fd, msg, flags);

	struct verdict v = VERDICT_EMPTY;
	struct trace_mark mark;

	if (likely(!(shim_mode & SHIM_TRACE)))
		return send_message(&v, fd, msg, flags);
	trace_begin(&mark);
	ssize_t result = send_message(&v, fd, msg, flags);
	trace_sendmsg(&mark, fd, msg, flags, result, &v);
	return result;
}

/* Messages that stay the host's own go out together, as it sent them; those between them singly. An
 * error counts only if it is the first message's (sendmmsg(2)). */
static int send_messages(struct verdict *v, int fd, struct mmsghdr *msgs, unsigned count, int flags)
{
	uint32_t word = fds_get(fd);
	unsigned i, sent = 0;

	if (!(word & FD_UDP) || !readable(msgs))
		return real.sendmmsg(fd, msgs, count, flags);
	for (i = 0; i < count && i < IOV_MAX; i++) {
		const struct msghdr *msg = &msgs[i].msg_hdr;
		struct outgoing o = {.call = SEND_SENDMSG, .fd = fd, .flags = flags, .msg = msg};
		struct verdict one = VERDICT_EMPTY;
		struct leaving l;
		if (!leave_decide(&l, &o, &one)) {
			if (v->why == WHY_NOTHING)
				*v = one;
			continue;
		}
		if (sent < i) {
			int done = real.sendmmsg(fd, msgs + sent, i - sent, flags);
			if (done < (int)(i - sent))
				return done > 0 ? (int)sent + done : sent ? (int)sent : done;
		}
		ssize_t result = leave_send(&l, &one);
		*v = one;
		if (result < 0)
			return i ? (int)i : -1;
		msgs[i].msg_len = (unsigned)result;
		sent = i + 1;
	}
	if (sent && sent == i)
		return (int)sent;
	int done = real.sendmmsg(fd, msgs + sent, count - sent, flags);
	return done >= 0 ? (int)sent + done : sent ? (int)sent : done;
}

HOOK(int, sendmmsg, int fd, struct mmsghdr *msgs, unsigned count, int flags)
{
	if (likely(shim_mode == SHIM_INERT))
		return real.sendmmsg(fd, msgs, count, flags);

	struct verdict v = VERDICT_EMPTY;
	struct trace_mark mark;

	if (likely(!(shim_mode & SHIM_TRACE)))
		return send_messages(&v, fd, msgs, count, flags);
	trace_begin(&mark);
	int result = send_messages(&v, fd, msgs, count, flags);
	trace_sendmmsg(&mark, fd, msgs, count, flags, result, &v);
	return result;
}

HOOK(ssize_t, write, int fd, const void *buf, size_t n)
{
	if (likely(shim_mode == SHIM_INERT))
		return real.write(fd, buf, n);

	uint32_t word = fds_peek(fd);
	struct outgoing o = {.call = SEND_WRITE, .fd = fd, .buf = buf, .n = n};
	struct verdict v = VERDICT_EMPTY;
	struct trace_mark mark;

	if (likely(!(shim_mode & SHIM_TRACE) || (word & FD_OTHER)))
		return word & FD_OTHER ? real.write(fd, buf, n) : leave(&o, &v);
	trace_begin(&mark);
	ssize_t result = leave(&o, &v);
	if (fds_peek(fd) & (FD_UDP | FD_TCP))
		trace_write(&mark, fd, buf, n, result, &v);
	return result;
}

HOOK(ssize_t, writev, int fd, const struct iovec *iov, int count)
{
	if (likely(shim_mode == SHIM_INERT))
		return real.writev(fd, iov, count);

	struct outgoing o = {.call = SEND_WRITEV, .fd = fd, .iov = iov, .iov_count = count};
	struct verdict v = VERDICT_EMPTY;
	struct trace_mark mark;

	if (!(fds_get(fd) & (FD_UDP | FD_TCP)) || count <= 0)
		return real.writev(fd, iov, count);
	if (likely(!(shim_mode & SHIM_TRACE)))
		return leave(&o, &v);
	trace_begin(&mark);
	ssize_t result = leave(&o, &v);
	trace_writev(&mark, fd, iov, count, result, &v);
	return result;
}
