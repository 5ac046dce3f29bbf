/* SPDX-License-Identifier: MIT */
/* send, sendto, sendmsg, sendmmsg, write, writev: SIP requests that leave by UDP are decided here,
 * and connections that MSG_FASTOPEN opens. Everything else passes. */
#include "hook.h"

#include <limits.h>
#include <netinet/in.h>

#include "../act.h"
#include "../scratch.h"
#include "../sip/scan.h"

/* Where the message goes and where it would come from. False: no destination that could be known. */
static inline bool find_sender(struct sender *s, struct addr *dst, const struct outgoing *o,
	uint32_t word, const void *to, socklen_t tolen)
{
	const struct fd_record *r = &fd_records[o->fd];

	s->word = word;
	s->source = &r->local;
	if (!to) {
		s->dst = &r->peer;
		return word & FD_CONNECTED;
	}
	s->dst = dst;
	return hook_readable(to) && addr_from_sockaddr(dst, to, tolen) == 0;
}

/* The source that the host's own control data asks for, if any. */
static void find_own_source(struct sender *s, struct addr *source, const struct msghdr *msg)
{
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR((struct msghdr *)(uintptr_t)msg, c)) {
		struct in6_pktinfo six;
		struct in_pktinfo four;
		if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO &&
			c->cmsg_len >= CMSG_LEN(sizeof(six))) {
			memcpy(&six, CMSG_DATA(c), sizeof(six));
			memcpy(source->ip, &six.ipi6_addr, sizeof(source->ip));
		} else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO &&
			c->cmsg_len >= CMSG_LEN(sizeof(four))) {
			static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
			memcpy(&four, CMSG_DATA(c), sizeof(four));
			memcpy(source->ip, mapped, sizeof(mapped));
			memcpy(source->ip + 12, &four.ipi_spec_dst, 4);
		} else {
			continue;
		}
		source->port = s->source->port;
		source->family = s->dst->family;
		s->source = source;
	}
}

/* A decision and what it refers to. */
struct decided {
	struct sender sender;
	struct addr dst, source;
};

/* Decides a datagram whose bytes stand at p; false: the host's own call as it is. */
static inline bool decide_datagram(struct decided *d, const struct outgoing *o, struct verdict *v,
	uint32_t word, const char *p, size_t n, const void *to, socklen_t tolen)
{
	struct sender *s = &d->sender;
	bool act;

	if (likely(scan_is_request(p, n))) {
		if (!find_sender(s, &d->dst, o, word, to, tolen))
			return false;
		if (unlikely(!(word & FD_SIP)))
			fds_note_sip(o->fd);
		if (o->call == SEND_SENDMSG && hook_readable(o->msg->msg_control))
			find_own_source(s, &d->source, o->msg);
		act = decide_request(v, s, p, n);
	} else if ((word & FD_LISTENER) && scan_is_keepalive(p, n) &&
		((word & FD_SIP) || fds_listener(word) >= 0)) {
		if (!find_sender(s, &d->dst, o, word, to, tolen))
			return false;
		act = decide_keepalive(v, s);
	} else {
		v->why = scan_is_response(p, n) ? WHY_RESPONSE : WHY_NOT_SIP;
		return false;
	}
	if (unlikely(shim_mode & SHIM_TRACE))
		v->dst = *s->dst;
	return act;
}

/* Larger ones are no datagrams: the kernel says so. */
static inline bool is_datagram(uint32_t word, const void *buf, size_t n)
{
	return likely(word & FD_UDP) && n && n <= UINT16_MAX && hook_readable(buf);
}

/* MSG_FASTOPEN makes a send the connect(). */
static ssize_t send_opening(const struct outgoing *o, struct verdict *v, uint32_t word,
	const void *to, socklen_t tolen)
{
	struct opening opening = {.fd = o->fd, .first = o};
	struct sender s;
	struct addr dst;

	if (!to || !find_sender(&s, &dst, o, word, to, tolen))
		return act_plain(o);
	s.source = &fd_records[o->fd].host_bound;
	decide_connection(v, &s);
	v->dst = dst;
	return act_open(&opening, v, &s);
}

/* The whole call: buffer and destination are at hand, contiguous. */
static inline ssize_t send_one(const struct outgoing *o, struct verdict *v, const void *buf,
	size_t n, const void *to, socklen_t tolen)
{
	uint32_t word = fds_get(o->fd);
	struct decided d;

	if (is_datagram(word, buf, n))
		return decide_datagram(&d, o, v, word, buf, n, to, tolen)
			? act_datagram(o, v, &d.sender)
			: act_plain(o);
	if (unlikely(o->flags & MSG_FASTOPEN) && (word & FD_TCP))
		return send_opening(o, v, word, to, tolen);
	return act_plain(o);
}

/* Copies a message in pieces to one place; returns its length, 0 if it is none that could leave. */
static size_t gather(char *to, size_t room, const struct iovec *iov, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		if (!iov[i].iov_len)
			continue;
		if (iov[i].iov_len > room - n || !hook_readable(iov[i].iov_base))
			return 0;
		memcpy(to + n, iov[i].iov_base, iov[i].iov_len);
		n += iov[i].iov_len;
	}
	return n;
}

/* Decides a message in pieces, which is looked at as one. The room for that is given back before the
 * call, in which the thread may be cancelled. */
static bool decide_pieces(struct decided *d, const struct outgoing *o, struct verdict *v,
	uint32_t word, const struct iovec *iov, size_t count, const void *to, socklen_t tolen)
{
	struct scratch *scratch;
	bool act;

	if (!count || count > IOV_MAX || !hook_readable(iov))
		return false;
	if (count == 1)
		return is_datagram(word, iov[0].iov_base, iov[0].iov_len) &&
			decide_datagram(d, o, v, word, iov[0].iov_base, iov[0].iov_len, to, tolen);
	scratch = scratch_take();
	if (!scratch)
		return false;
	size_t n = gather(scratch->bytes, sizeof(scratch->bytes), iov, count);
	act = is_datagram(word, scratch->bytes, n) &&
		decide_datagram(d, o, v, word, scratch->bytes, n, to, tolen);
	scratch_give(scratch);
	return act;
}

static ssize_t send_pieces(const struct outgoing *o, struct verdict *v, const struct iovec *iov,
	size_t count, const void *to, socklen_t tolen)
{
	uint32_t word = fds_get(o->fd);
	struct decided d;

	if (word & FD_UDP)
		return decide_pieces(&d, o, v, word, iov, count, to, tolen)
			? act_datagram(o, v, &d.sender)
			: act_plain(o);
	return send_one(o, v, NULL, 0, to, tolen);
}

static ssize_t send_message(struct verdict *v, int fd, const struct msghdr *msg, int flags)
{
	struct outgoing o = {.call = SEND_SENDMSG, .fd = fd, .flags = flags, .msg = msg};

	if (!hook_readable(msg))
		return act_plain(&o);
	return send_pieces(&o, v, msg->msg_iov, msg->msg_iovlen, msg->msg_name, msg->msg_namelen);
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
		return send_one(&o, &v, o.buf, o.n, o.to, o.tolen);
	trace_begin(&mark);
	ssize_t result = send_one(&o, &v, o.buf, o.n, o.to, o.tolen);
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

	if (shim_mode == SHIM_ACTIVE && n && hook_readable(buf) &&
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
	if (unlikely(n < 64 || !hook_readable(buf)))
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
		return send_one(&o, &v, buf, n, NULL, 0);
	trace_begin(&mark);
	ssize_t result = send_one(&o, &v, buf, n, NULL, 0);
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

	if (!(word & FD_UDP) || !hook_readable(msgs))
		return real.sendmmsg(fd, msgs, count, flags);
	for (i = 0; i < count && i < IOV_MAX; i++) {
		const struct msghdr *msg = &msgs[i].msg_hdr;
		struct outgoing o = {.call = SEND_SENDMSG, .fd = fd, .flags = flags, .msg = msg};
		struct verdict one = VERDICT_EMPTY;
		struct decided d;
		if (!decide_pieces(&d, &o, &one, word, msg->msg_iov, msg->msg_iovlen,
			    msg->msg_name, msg->msg_namelen)) {
			if (v->why == WHY_NOTHING)
				*v = one;
			continue;
		}
		if (sent < i) {
			int done = real.sendmmsg(fd, msgs + sent, i - sent, flags);
			if (done < (int)(i - sent))
				return done > 0 ? (int)sent + done : sent ? (int)sent : done;
		}
		ssize_t result = act_datagram(&o, &one, &d.sender);
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
		return word & FD_OTHER ? real.write(fd, buf, n) : send_one(&o, &v, buf, n, NULL, 0);
	trace_begin(&mark);
	ssize_t result = send_one(&o, &v, buf, n, NULL, 0);
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
		return send_pieces(&o, &v, iov, (size_t)count, NULL, 0);
	trace_begin(&mark);
	ssize_t result = send_pieces(&o, &v, iov, (size_t)count, NULL, 0);
	trace_writev(&mark, fd, iov, count, result, &v);
	return result;
}
