/* SPDX-License-Identifier: MIT */
/* send, sendto, sendmsg, sendmmsg, write, writev: handed to leave.c. What cannot be SIP passes before
 * that, and what was decided just now is repeated. */
#include "hook.h"

#include <limits.h>

#include "base/cmsg.h"
#include "preload/datagram/leave.h"
#include "preload/refusal.h"
#include "preload/datagram/send.h"
#include "preload/process.h"
#include "sip/scan.h"
#include "preload/stream/in.h"
#include "preload/stream/wants.h"
#include "preload/datagram/fast.h"

/* A register that no argument is in: for what would make one of them give way. */
#if defined(__x86_64__)
#define SPARE __asm__("r10")
#else
#define SPARE
#endif

/* Where descriptors go (SCM_RIGHTS) nobody may know of what is held back here. */
static void release_rights(const struct msghdr *msg)
{
	cmsg_each_fd(msg, stream_in_release);
}

static ssize_t send_message(struct verdict *v, int fd, const struct msghdr *msg, int flags)
{
	struct outgoing o = {SEND_SENDMSG, fd, flags, msg};

	if (!readable(msg))
		return outgoing_plain(&o);
	if (unlikely(classified(fd) & FD_OTHER) && readable(msg->msg_control))
		release_rights(msg);
	return leave(&o, v);
}

static __attribute__((noinline)) ssize_t send_decided(
	int fd, const void *buf, size_t n, int flags, const void *to, socklen_t tolen)
{
	struct iovec one = {(void *)(uintptr_t)buf, n};
	struct msghdr msg = {.msg_name = (void *)(uintptr_t)to,
		.msg_namelen = tolen,
		.msg_iov = &one,
		.msg_iovlen = 1};
	struct outgoing o = {SEND_SENDTO, fd, flags, &msg};
	struct verdict v = VERDICT_EMPTY;
	struct trace_mark mark;

	if (likely(!(hot.mode & HOT_TRACE)))
		return leave(&o, &v);
	trace_begin(&mark);
	ssize_t result = leave(&o, &v);
	trace_send(&mark, "sendto", fd, buf, n, flags, to, tolen, result, &v);
	return result;
}

struct sendto_arguments {
	int fd, flags;
	struct iovec iov;
	const void *to; /* a sockaddr_in */
};

/* After a way was refused: another member may do, or the descriptor is not what it was. Any other
 * error is the host's. saved: errno as it was before, -1 = not known. */
static __attribute__((noinline)) ssize_t send_again(const struct sendto_arguments *a, int saved)
{
	if (!refusal_is_possible(errno))
		return -1;
	if (saved >= 0)
		errno = saved;
	return send_decided(a->fd, a->iov.iov_base, a->iov.iov_len, a->flags, a->to,
		sizeof(struct sockaddr_in));
}

static __attribute__((flatten, noinline, used)) ssize_t send_from(
	int fd, const void *buf, size_t n, int flags, const void *to, int out)
{
	struct sendto_arguments a = {fd, flags, {(void *)(uintptr_t)buf, n}, to};
	ssize_t result = send_pktinfo(fd, &a.iov, flags, to, (uint32_t)(out - FAST_MEMBER));

	return likely(result >= 0) ? result : send_again(&a, -1);
}

/* The ways that need more than one look, or a second try. */
static __attribute__((noinline, used)) ssize_t send_closer(
	int fd, const void *buf, size_t n, int flags, const void *to, int out)
{
	const struct sendto_arguments a = {fd, flags, {(void *)(uintptr_t)buf, n}, to};
	int saved = errno;
	ssize_t result;

	if (out == FAST_UNMARKED) {
		if (n > UINT16_MAX || arrival_may_decide(this_host.rules, buf, n))
			return send_decided(fd, buf, n, flags, to, sizeof(struct sockaddr_in));
		return real.sendto(fd, buf, n, flags, to, sizeof(struct sockaddr_in));
	}
	if (out == FAST_LOOK) {
		const struct sockaddr_in *in = to;

		if (hears_may(&this_host.hears, in->sin_addr.s_addr, ntohs(in->sin_port)) ||
			!fast_find(fd, fast_any_list(to) | FAST_CLOSE, &out))
			return send_decided(fd, buf, n, flags, to, sizeof(*in));
	}
	if (out < FAST_MEMBER)
		out -= FAST_CAREFUL;
	if (out < 0)
		result = send_pktinfo(fd, &a.iov, flags, to, (uint32_t)(out - FAST_MEMBER));
	else
		result = real.sendto(out, buf, n, flags, to, sizeof(struct sockaddr_in));
	return likely(result >= 0) ? result : send_again(&a, saved);
}

static inline __attribute__((always_inline)) ssize_t send_way(
	int fd, const void *buf, size_t n, int flags, const void *to, int out)
{
	if (out < 0) {
		if (out >= FAST_MEMBER)
			return send_from(fd, buf, n, flags, to, out);
		if (out == FAST_OWN)
			return real.sendto(fd, buf, n, flags, to, sizeof(struct sockaddr_in));
		return send_closer(fd, buf, n, flags, to, out);
	}
	struct sendto_arguments a = {fd, flags, {(void *)(uintptr_t)buf, n}, to};
	/* kept in memory, not in registers that would have to be saved for a second try */
	__asm__ volatile("" : : "m"(a));
	ssize_t result = real.sendto(out, buf, n, flags, to, sizeof(struct sockaddr_in));
	return likely(result >= 0) ? result : send_again(&a, -1);
}

/* There is no way for what is told at once of the address. */
static __attribute__((noinline)) ssize_t send_astray(
	int fd, const void *buf, size_t n, int flags, const void *to)
{
	int out;

	if (fast_list(to) == OCTETS_TREE && fast_find(fd, fast_any_list(to), &out))
		return send_way(fd, buf, n, flags, to, out);
	return send_decided(fd, buf, n, flags, to, sizeof(struct sockaddr_in));
}

/* A usual request to a usual destination. buf: at least 64 readable bytes. A way leads on from an IPv4
 * socket only, where no family but that of the address can be meant: the kernel tells of others. */
static inline bool is_usual(const void *buf, const void *to, socklen_t tolen)
{
	return likely(tolen == sizeof(struct sockaddr_in)) && likely(readable(to)) &&
		likely(scan_is_usual_line(buf));
}

/* named: DNS has a say. */
static inline __attribute__((always_inline)) ssize_t send_by_list(
	bool named, int fd, const void *buf, size_t n, int flags, const void *to, socklen_t tolen)
{
	int out;

	if (!is_usual(buf, to, tolen))
		return send_decided(fd, buf, n, flags, to, tolen);
	register uint32_t list SPARE = named ? fast_named_list(to) : fast_list(to);
	__asm__("" : "+r"(list));
	if (!fast_find(fd, list, &out))
		return send_astray(fd, buf, n, flags, to);
	return send_way(fd, buf, n, flags, to, out);
}

static __attribute__((noinline)) ssize_t send_usual(
	int fd, const void *buf, size_t n, int flags, const void *to, socklen_t tolen)
{
	return send_by_list(false, fd, buf, n, flags, to, tolen);
}

static __attribute__((noinline)) ssize_t send_named(
	int fd, const void *buf, size_t n, int flags, const void *to, socklen_t tolen)
{
	return send_by_list(true, fd, buf, n, flags, to, tolen);
}

/* Of what leaves by a socket of SIP, all is looked at. */
static __attribute__((noinline)) ssize_t send_suspect(
	int fd, const void *buf, size_t n, int flags, const void *to, socklen_t tolen)
{
	uint32_t bits = bits_of(fd);

	if (scan_is_foreign(buf, n) && to && !(flags & MSG_FASTOPEN) && bits && sockets_listener(bits) < 0)
		return real.sendto(fd, buf, n, flags, to, tolen);
	return send_decided(fd, buf, n, flags, to, tolen);
}

static ssize_t send_guarded(
	int fd, const void *buf, size_t n, int flags, const void *to, socklen_t tolen)
{
	if (unlikely(*(const unsigned char *)buf >= 'a'))
		return send_suspect(fd, buf, n, flags, to, tolen);
	return hot.domains ? send_named(fd, buf, n, flags, to, tolen)
			  : send_usual(fd, buf, n, flags, to, tolen);
}

static ssize_t send_first(
	int fd, const void *buf, size_t n, int flags, const void *to, socklen_t tolen);
static ssize_t (*send_request)(int, const void *, size_t, int, const void *, socklen_t) = send_first;

static ssize_t send_first(
	int fd, const void *buf, size_t n, int flags, const void *to, socklen_t tolen)
{
	send_request = !leave_most.bytes[0] ? send_guarded : hot.domains ? send_named : send_usual;
	return send_request(fd, buf, n, flags, to, tolen);
}

/* Whether all that a socket sends needs a source of its own, SIP or not. */
static inline bool is_wide(int fd)
{
	return (hot.mode & HOT_CLIENTS) && sockets_is_wide(bits_of(fd));
}

static __attribute__((noinline)) ssize_t send_unusual(
	int fd, const void *buf, size_t n, int flags, const void *to, socklen_t tolen)
{
	if (!(hot.mode & HOT_TRACE) && n && readable(buf) && !is_wide(fd)) {
		if (leave_most.bytes[0] && scan_is_foreign(buf, n) && !(flags & MSG_FASTOPEN) && to)
			return real.sendto(fd, buf, n, flags, to, tolen);
		if (n >= 64 && !scan_is_foreign_16(buf, &leave_most))
			return send_request(fd, buf, n, flags, to, tolen);
	}
	return send_decided(fd, buf, n, flags, to, tolen);
}

/* Whether a send is of a connection: the middle of a stream's message, or what opens it. */
static inline __attribute__((always_inline)) bool is_of_stream(const void *to, int flags)
{
#if defined(__x86_64__) && defined(__GCC_ASM_FLAG_OUTPUTS__)
	bool either;

	/* one branch for both: bt leaves the zero flag as it is */
	__asm__("test %1, %1\n\tbt %3, %2" : "=@ccbe"(either) : "r"(to), "r"(flags), "i"(29));
	_Static_assert(MSG_FASTOPEN == 1 << 29, "the bit that is tested");
	return either;
#else
	return !to || (flags & MSG_FASTOPEN);
#endif
}

HOOK(ssize_t, sendto, int fd, const void *buf, size_t n, int flags, const void *to, socklen_t tolen)
{
	if (unlikely((uintptr_t)buf - HOT_ADDRESS_LOW >= hot.active_span)) {
		if (hot.mode == HOT_INERT)
			return real.sendto(fd, buf, n, flags, to, tolen);
		return send_unusual(fd, buf, n, flags, to, tolen);
	}
	if (unlikely(n < 64))
		return send_unusual(fd, buf, n, flags, to, tolen);
	if (!scan_is_foreign_16(buf, &leave_most))
		return send_request(fd, buf, n, flags, to, tolen);
	if (unlikely(is_of_stream(to, flags)))
		return send_unusual(fd, buf, n, flags, to, tolen);
	return real.sendto(fd, buf, n, flags, to, tolen);
}

HOOK(ssize_t, send, int fd, const void *buf, size_t n, int flags)
{
	if (likely(hot.mode == HOT_INERT))
		return real.send(fd, buf, n, flags);

	struct iovec one = {(void *)(uintptr_t)buf, n};
	struct msghdr msg = {.msg_iov = &one, .msg_iovlen = 1};
	struct outgoing o = {SEND_SEND, fd, flags, &msg};
	struct verdict v = VERDICT_EMPTY;
	struct trace_mark mark;

	if (likely(!(hot.mode & HOT_TRACE)))
		return leave(&o, &v);
	trace_begin(&mark);
	ssize_t result = leave(&o, &v);
	trace_send(&mark, "send", fd, buf, n, flags, NULL, 0, result, &v);
	return result;
}

HOOK(ssize_t, sendmsg, int fd, const struct msghdr *msg, int flags)
{
	if (likely(hot.mode == HOT_INERT))
		return real.sendmsg(fd, msg, flags);

	struct verdict v = VERDICT_EMPTY;
	struct trace_mark mark;

	if (likely(!(hot.mode & HOT_TRACE)))
		return send_message(&v, fd, msg, flags);
	trace_begin(&mark);
	ssize_t result = send_message(&v, fd, msg, flags);
	trace_sendmsg(&mark, fd, msg, flags, result, &v);
	return result;
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

	if (stream_wants(fd, bits) && readable(msgs))
		return send_streams(v, fd, msgs, count, flags);
	if (!(bits & FD_UDP) || !readable(msgs))
		return real.sendmmsg(fd, msgs, count, flags);
	for (i = 0; i < count && i < IOV_MAX; i++) {
		const struct msghdr *msg = &msgs[i].msg_hdr;
		struct outgoing o = {SEND_SENDMSG, fd, flags, msg};
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
	if (likely(hot.mode == HOT_INERT))
		return real.sendmmsg(fd, msgs, count, flags);

	struct verdict v = VERDICT_EMPTY;
	struct trace_mark mark;

	if (likely(!(hot.mode & HOT_TRACE)))
		return send_messages(&v, fd, msgs, count, flags);
	trace_begin(&mark);
	int result = send_messages(&v, fd, msgs, count, flags);
	trace_sendmmsg(&mark, fd, msgs, count, flags, result, &v);
	return result;
}

HOOK(ssize_t, write, int fd, const void *buf, size_t n)
{
	if (likely(hot.mode == HOT_INERT))
		return real.write(fd, buf, n);

	uint32_t bits = bits_of(fd);
	struct iovec one = {(void *)(uintptr_t)buf, n};
	struct msghdr msg = {.msg_iov = &one, .msg_iovlen = 1};
	struct outgoing o = {SEND_WRITE, fd, 0, &msg};
	struct verdict v = VERDICT_EMPTY;
	struct trace_mark mark;

	if (likely(!(hot.mode & HOT_TRACE) || (bits & FD_OTHER)))
		return bits & FD_OTHER ? real.write(fd, buf, n) : leave(&o, &v);
	trace_begin(&mark);
	ssize_t result = leave(&o, &v);
	if (bits_of(fd) & (FD_UDP | FD_TCP))
		trace_write(&mark, fd, buf, n, result, &v);
	return result;
}

HOOK(ssize_t, writev, int fd, const struct iovec *iov, int count)
{
	if (likely(hot.mode == HOT_INERT))
		return real.writev(fd, iov, count);

	struct msghdr msg = {.msg_iov = (struct iovec *)(uintptr_t)iov, .msg_iovlen = (size_t)count};
	struct outgoing o = {SEND_WRITEV, fd, 0, &msg};
	struct verdict v = VERDICT_EMPTY;
	struct trace_mark mark;

	if (!(classified(fd) & (FD_UDP | FD_TCP)) || count <= 0)
		return real.writev(fd, iov, count);
	if (likely(!(hot.mode & HOT_TRACE)))
		return leave(&o, &v);
	trace_begin(&mark);
	ssize_t result = leave(&o, &v);
	trace_writev(&mark, fd, iov, count, result, &v);
	return result;
}
