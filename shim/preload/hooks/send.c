/* SPDX-License-Identifier: MIT */
/* send, sendto, sendmsg, sendmmsg, write, writev: each as one msghdr to leave(), which decides. */
#include "hook.h"

#include <limits.h>

#include "base/cmsg.h"
#include "preload/trace/packet.h"
#include "preload/datagram/leave.h"
#include "preload/datagram/segments.h"
#include "preload/datagram/sendto.h"
#include "preload/datagram/shown.h"
#include "preload/stream/follow.h"
#include "preload/stream/in.h"
#include "preload/stream/wants.h"

/* Whether it goes out as the host has it, by one look: a connection that is no SIP. */
static inline bool passes(int fd)
{
	return !(page.p.mode & HOT_TRACE) && stream_is_over(bits_of(fd));
}

static ssize_t send_message(struct verdict *v, int fd, const struct msghdr *msg, int flags)
{
	struct outgoing o = {SEND_SENDMSG, fd, flags, msg};

	if (!readable(msg))
		return outgoing_plain(&o);
	/* where descriptors go (SCM_RIGHTS) nobody may know of what is held back here */
	if (unlikely(classified(fd) & FD_OTHER) && readable(msg->msg_control))
		cmsg_each_fd(msg, stream_in_release);
	return leave(&o, v);
}

/* Where sendto() decides: what cannot be SIP passes here, what was decided before is repeated by
 * datagram/sendto.c, and all else goes to leave(). */
HOOK(ssize_t, sendto, int fd, const void *buf, size_t n, int flags, const void *to, socklen_t tolen)
{
	if (unlikely((uintptr_t)buf - HOT_ADDRESS_LOW >= page.p.active_span)) {
		if (page.p.mode == HOT_INERT)
			return real.sendto(fd, buf, n, flags, to, tolen);
		if (page.p.mode == (HOT_ACTIVE | HOT_CLIENTS))
			return sendto_beside_wide(fd, buf, n, flags, to, tolen);
		return sendto_unusual(fd, buf, n, flags, to, tolen);
	}
	if (unlikely(n < 64))
		return sendto_unusual(fd, buf, n, flags, to, tolen);
	if (!scan_is_foreign_16(buf, &sendto_most))
		return sendto_request(fd, buf, n, flags, to, tolen);
	if (unlikely(sendto_is_of_stream(to, flags)))
		return sendto_unusual(fd, buf, n, flags, to, tolen);
	return real.sendto(fd, buf, n, flags, to, tolen);
}

HOOK(ssize_t, send, int fd, const void *buf, size_t n, int flags)
{
	if (likely(page.p.mode == HOT_INERT))
		return real.send(fd, buf, n, flags);
	if (unlikely(passes(fd)) && !(flags & MSG_FASTOPEN))
		return real.send(fd, buf, n, flags);

	struct iovec one = {(void *)(uintptr_t)buf, outgoing_length(n)};
	struct msghdr msg = {.msg_iov = &one, .msg_iovlen = 1};
	struct outgoing o = {SEND_SEND, fd, flags, &msg};
	struct verdict v = VERDICT_EMPTY;
	struct trace_mark mark;

	if (likely(!(page.p.mode & HOT_TRACE)))
		return leave(&o, &v);
	trace_begin(&mark);
	ssize_t result = leave(&o, &v);
	if (packet_wanted())
		packet_passed(&o, &v, &mark, result);
	trace_send(&mark, "send", fd, buf, n, flags, NULL, 0, result, &v);
	return result;
}

static __attribute__((noinline)) ssize_t sendmsg_decided(int fd, const struct msghdr *msg, int flags)
{
	struct verdict v = VERDICT_EMPTY;
	struct trace_mark mark;

	if (likely(!(page.p.mode & HOT_TRACE)))
		return send_message(&v, fd, msg, flags);
	trace_begin(&mark);
	ssize_t result = send_message(&v, fd, msg, flags);
	if (packet_wanted() && result > 0)
		packet_passed(&(struct outgoing){SEND_SENDMSG, fd, flags, msg}, &v, &mark, result);
	trace_sendmsg(&mark, fd, msg, flags, result, &v);
	return result;
}

HOOK(ssize_t, sendmsg, int fd, const struct msghdr *msg, int flags)
{
	ssize_t sent;

	if (likely(page.p.mode == HOT_INERT))
		return real.sendmsg(fd, msg, flags);
	if (page.p.mode == (HOT_ACTIVE | HOT_CLIENTS) && shown_sendmsg(fd, msg, flags, &sendto_most, &sent))
		return sent;
	return sendmsg_decided(fd, msg, flags);
}

/* Of a connection: until one is not taken whole. */
static int send_streams(struct verdict *v, int fd, struct mmsghdr *msgs, unsigned count, int flags)
{
	unsigned sent = 0;

	for (; sent < count; sent++) {
		int saved = errno;
		size_t size = 0;
		const struct msghdr *msg = &msgs[sent].msg_hdr;
		ssize_t result = send_message(v, fd, msg, flags);
		if (result < 0) {
			if (sent)
				errno = saved;
			return sent ? (int)sent : -1;
		}
		msgs[sent].msg_len = (unsigned)result;
		for (size_t i = 0; i < msg->msg_iovlen; i++)
			size += msg->msg_iov[i].iov_len;
		if ((size_t)result < size)
			return (int)sent + 1;
	}
	return (int)sent;
}

/* Messages that stay the host's own go out together, as it sent them; those between them singly. An
 * error counts only if it is the first message's (sendmmsg(2)). */
static int send_messages(struct verdict *v, int fd, struct mmsghdr *msgs, unsigned count, int flags)
{
	uint32_t bits = classified(fd);
	unsigned i, sent = 0;

	if ((stream_wants(fd, bits) || follow_is(bits) || stream_has_answers(bits)) && readable(msgs))
		return send_streams(v, fd, msgs, count, flags);
	if (!(bits & FD_UDP) || !readable(msgs))
		return real.sendmmsg(fd, msgs, count, flags);
	for (i = 0; i < count && i < IOV_MAX; i++) {
		const struct msghdr *msg = &msgs[i].msg_hdr;
		struct outgoing o = {SEND_SENDMSG, fd, flags, msg};
		struct verdict one = VERDICT_EMPTY;
		struct leaving l;
		bool segments = segments_size(&o);
		if (!segments && !leave_decide(&l, &o, &one)) {
			if (v->why == WHY_NOTHING)
				*v = one;
			continue;
		}
		if (sent < i) {
			int done = real.sendmmsg(fd, msgs + sent, i - sent, flags);
			if (done < (int)(i - sent))
				return done > 0 ? (int)sent + done : sent ? (int)sent : done;
		}
		ssize_t result = segments ? leave(&o, &one) : leave_send(&l, &one);
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

/* One by one, for those that capture: each has its own verdict. */
static int send_singly(struct verdict *v, int fd, struct mmsghdr *msgs, unsigned count, int flags)
{
	unsigned sent = 0;

	for (; sent < count; sent++) {
		int saved = errno;
		struct outgoing o = {SEND_SENDMSG, fd, flags, &msgs[sent].msg_hdr};
		struct verdict one = VERDICT_EMPTY;
		struct trace_mark mark;
		trace_begin(&mark);
		ssize_t result = leave(&o, &one);
		packet_passed(&o, &one, &mark, result);
		if (!sent || one.action != ACTION_NONE)
			*v = one;
		if (result < 0) {
			if (sent)
				errno = saved;
			return sent ? (int)sent : -1;
		}
		msgs[sent].msg_len = (unsigned)result;
	}
	return (int)sent;
}

HOOK(int, sendmmsg, int fd, struct mmsghdr *msgs, unsigned count, int flags)
{
	if (likely(page.p.mode == HOT_INERT))
		return real.sendmmsg(fd, msgs, count, flags);

	struct verdict v = VERDICT_EMPTY;
	struct trace_mark mark;

	if (likely(!(page.p.mode & HOT_TRACE)))
		return send_messages(&v, fd, msgs, count, flags);
	trace_begin(&mark);
	int result = packet_wanted() && (classified(fd) & FD_UDP) && readable(msgs)
		? send_singly(&v, fd, msgs, count < IOV_MAX ? count : IOV_MAX, flags)
		: send_messages(&v, fd, msgs, count, flags);
	trace_sendmmsg(&mark, fd, msgs, count, flags, result, &v);
	return result;
}

HOOK(ssize_t, write, int fd, const void *buf, size_t n)
{
	if (likely(page.p.mode == HOT_INERT))
		return real.write(fd, buf, n);
	if (unlikely(passes(fd)))
		return real.write(fd, buf, n);

	uint32_t bits = bits_of(fd);
	struct iovec one = {(void *)(uintptr_t)buf, outgoing_length(n)};
	struct msghdr msg = {.msg_iov = &one, .msg_iovlen = 1};
	struct outgoing o = {SEND_WRITE, fd, 0, &msg};
	struct verdict v = VERDICT_EMPTY;
	struct trace_mark mark;

	if (likely(!(page.p.mode & HOT_TRACE) || (bits & FD_OTHER)))
		return bits & FD_OTHER ? real.write(fd, buf, n) : leave(&o, &v);
	trace_begin(&mark);
	ssize_t result = leave(&o, &v);
	if (packet_wanted())
		packet_passed(&o, &v, &mark, result);
	if (bits_of(fd) & (FD_UDP | FD_TCP))
		trace_write(&mark, fd, buf, n, result, &v);
	return result;
}

HOOK(ssize_t, writev, int fd, const struct iovec *iov, int count)
{
	if (likely(page.p.mode == HOT_INERT))
		return real.writev(fd, iov, count);
	if (unlikely(passes(fd)))
		return real.writev(fd, iov, count);

	struct msghdr msg = {.msg_iov = (struct iovec *)(uintptr_t)iov, .msg_iovlen = (size_t)count};
	struct outgoing o = {SEND_WRITEV, fd, 0, &msg};
	struct verdict v = VERDICT_EMPTY;
	struct trace_mark mark;

	if (!(classified(fd) & (FD_UDP | FD_TCP)) || count <= 0 || count > IOV_MAX)
		return real.writev(fd, iov, count);
	if (likely(!(page.p.mode & HOT_TRACE)))
		return leave(&o, &v);
	trace_begin(&mark);
	ssize_t result = leave(&o, &v);
	if (packet_wanted())
		packet_passed(&o, &v, &mark, result);
	trace_writev(&mark, fd, iov, count, result, &v);
	return result;
}
