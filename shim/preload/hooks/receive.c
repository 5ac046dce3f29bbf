/* SPDX-License-Identifier: MIT */
/* recv, recvfrom, recvmsg, recvmmsg, read, readv and their fortified forms: what they bring of SIP by
 * UDP goes through arrive.c, by TCP through stream_in.c. Descriptors that come in SCM_RIGHTS are new
 * numbers (unix(7)). */
#include "hook.h"

#include "base/cmsg.h"
#include "preload/datagram/arrive.h"
#include "preload/datagram/control.h"
#include "preload/housekeeping/thread.h"
#include "base/raw.h"
#include "sip/scan.h"
#include "preload/stream/in.h"
#include "preload/stream/wants.h"
#include "preload/turn.h"
#include "size.h"

static inline bool wanted(int fd, int flags)
{
	uint32_t bits = bits_of(fd);

	turn_may();
	if (likely(hot.mode == HOT_INERT) || (bits & (FD_OTHER | FD_TCP)))
		return false;
	housekeeping_poke();
	if ((flags & MSG_ERRQUEUE) || !arrive_wants(bits ? bits : note_unseen(fd)))
		return false;
	turn_end(); /* the host waits for the next one */
	return true;
}

#define CONTROL_USUAL 512
#define CONTROL_OWN CMSG_SPACE(sizeof(struct in6_pktinfo))

/* As receive_arrival(). control holds CONTROL_OWN more than the host's room, of which
 * CONTROL_MAX count. */
static inline ssize_t receive_with(int fd, struct msghdr *msg, int flags, struct addr *to, char *control,
	size_t room)
{
	struct msghdr own = *msg;

	own.msg_control = control;
	own.msg_controllen = CONTROL_OWN + (room < CONTROL_MAX ? room : CONTROL_MAX);
	ssize_t result = real.recvmsg(fd, &own, flags);
	if (result < 0)
		return result;
	size_t n = control_split(control, own.msg_controllen, bits_of(fd) & FD_PKTINFO, to);
	to->port = record_of(fd)->local.port;
	msg->msg_namelen = own.msg_namelen;
	msg->msg_flags = own.msg_flags;
	if (n > room) {
		msg->msg_flags |= MSG_CTRUNC;
		n = room;
	}
	if (n)
		memcpy(msg->msg_control, control, n);
	msg->msg_controllen = n;
	return result;
}

static __attribute__((noinline)) ssize_t receive_with_much(
	int fd, struct msghdr *msg, int flags, struct addr *to, size_t room)
{
	char control[CONTROL_MAX + CONTROL_OWN] __attribute__((aligned(8)));

	return receive_with(fd, msg, flags, to, control, room);
}

/* recvmsg() on a listener whose arrivals are asked for. to: the local address, family 0 = not known.
 * The stack may be small. */
static ssize_t receive_arrival(int fd, struct msghdr *msg, int flags, struct addr *to)
{
	char control[CONTROL_USUAL + CONTROL_OWN] __attribute__((aligned(8)));
	size_t room = readable(msg->msg_control) ? msg->msg_controllen : 0;

	if (unlikely(room > CONTROL_USUAL))
		return receive_with_much(fd, msg, flags, to, room);
	return receive_with(fd, msg, flags, to, control, room);
}

/* Whether n bytes are asked for of a connection that carries SIP. */
static inline bool streamed(int fd, size_t n)
{
	uint32_t bits = bits_of(fd);

	if (likely(hot.mode == HOT_INERT) || !n || (bits & (FD_OTHER | FD_UDP)))
		return false;
	if (bits & FD_PLAIN) {
		if (bits & FD_STREAM) /* TLS: what came by it nobody knows */
			turn_end();
		return false;
	}
	return stream_wants(fd, classified(fd));
}

static ssize_t receive_stream(const char *name, int fd, void *buf, size_t n, int flags, void *from,
	socklen_t *fromlen)
{
	struct iovec iov = {buf, n};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	struct trace_in room, *trace = trace_in_begin(&room);
	socklen_t before = trace && from && readable(fromlen) ? *fromlen : 0;
	ssize_t result = stream_in(fd, &msg, flags, trace);

	if (result >= 0 && from && readable(fromlen))
		*fromlen = 0; /* as the kernel: a connection has one peer */
	if (unlikely(trace))
		trace_in_bytes(trace, name, fd, buf, n, flags, from, fromlen, before, result);
	return result;
}

/* After a message that is for nobody: whether the host is to get the next one, without waiting. A
 * reader that was told to wait has been told that there is something, too, by poll() and the like:
 * where nothing else is there it gets an empty datagram rather than to be left waiting. */
static bool none_left(int fd, int flags)
{
	return errno == EAGAIN && !(flags & MSG_DONTWAIT) &&
		!(raw_syscall(SYS_fcntl, fd, F_GETFL, 0, 0) & O_NONBLOCK);
}

/* The real call, with whatever libbond wants to know besides: who sent it, where the host does not ask
 * but an answer in its place may be needed, and the control data of an arrival. MSG_TRUNC tells what
 * was cut, which is not edited. */
static ssize_t receive_whole(int fd, struct msghdr *msg, int flags)
{
	if (msg->msg_controllen)
		return real.recvmsg(fd, msg, flags | MSG_TRUNC);
	if (!msg->msg_name)
		return real.recvfrom(fd, msg->msg_iov->iov_base, msg->msg_iov->iov_len,
			flags | MSG_TRUNC, NULL, NULL);
	return real.recvfrom(fd, msg->msg_iov->iov_base, msg->msg_iov->iov_len, flags | MSG_TRUNC,
		msg->msg_name, &msg->msg_namelen);
}

static ssize_t receive(const char *name, int fd, void *buf, size_t n, int flags, void *from,
	socklen_t *fromlen)
{
	struct trace_in trace_room, *trace = trace_in_begin(&trace_room);
	char control[CMSG_SPACE(sizeof(struct in6_pktinfo))] __attribute__((aligned(8)));
	struct iovec iov = {buf, n};
	struct sockaddr_storage ss;
	socklen_t room = 0;
	int wait = 0, saved = 0;
	ssize_t result;

	if (from && !readable(fromlen))
		return real.recvfrom(fd, buf, n, flags, from, fromlen); /* EFAULT */
	if (from)
		room = *fromlen;
	else if (unlikely(config_now()->unknown == UNKNOWN_403))
		from = &ss;
	for (;;) {
		struct msghdr msg = {.msg_name = from,
			.msg_namelen = from == &ss ? sizeof(ss) : room,
			.msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = bits_of(fd) & FD_ARRIVALS ? sizeof(control) : 0};
		result = receive_whole(fd, &msg, flags | wait);
		if (unlikely(result < 0)) {
			if (!wait || !none_left(fd, flags))
				return result;
			errno = saved;
			return 0;
		}
		if (from && from != &ss)
			*fromlen = msg.msg_namelen;
		if (result && n && scan_is_foreign(buf, (size_t)result < n ? (size_t)result : n) &&
			!arrive_is_closed(bits_of(fd)))
			break;

		struct addr source = {.family = 0}, to = {.family = 0};
		if (msg.msg_controllen) {
			control_split(control, msg.msg_controllen, true, &to);
			to.port = record_of(fd)->local.port;
		}
		if (from == &ss || msg.msg_namelen <= room)
			addr_from_sockaddr(&source, from, msg.msg_namelen);
		ssize_t came = result;
		if (result)
			result = arrive(fd, &iov, 1, (size_t)result, &source,
				to.family ? &to : NULL, trace);
		bool dropped = result == ARRIVE_DROPPED;
		if (unlikely(trace))
			trace_in_bytes(trace, name, fd, buf, n, flags, from == &ss ? NULL : from,
				from == &ss ? NULL : fromlen, room, dropped ? came : result);
		if (!dropped)
			break;
		saved = errno;
		if (flags & MSG_PEEK)
			real.recvfrom(fd, buf, 0, MSG_DONTWAIT, NULL, NULL);
		wait = MSG_DONTWAIT;
	}
	if (result <= (ssize_t)n)
		return result;
	return flags & MSG_TRUNC ? size_told(fd, flags, result) : (ssize_t)n;
}

HOOK(ssize_t, recv, int fd, void *buf, size_t n, int flags)
{
	if (streamed(fd, n))
		return receive_stream("recvfrom", fd, buf, n, flags, NULL, NULL);
	return wanted(fd, flags) ? receive("recvfrom", fd, buf, n, flags, NULL, NULL)
				 : real.recv(fd, buf, n, flags);
}

HOOK(ssize_t, recvfrom, int fd, void *buf, size_t n, int flags, void *from, socklen_t *fromlen)
{
	if (streamed(fd, n))
		return receive_stream("recvfrom", fd, buf, n, flags, from, fromlen);
	return wanted(fd, flags) ? receive("recvfrom", fd, buf, n, flags, from, fromlen)
				 : real.recvfrom(fd, buf, n, flags, from, fromlen);
}

/* Whether what the host reads is no socket any more: then it is the real call's. saved: errno as it
 * was before. */
static inline bool was_taken(int fd, ssize_t result, int saved)
{
	if (likely(result >= 0) || errno != ENOTSOCK || !note_was_taken(fd))
		return false;
	errno = saved;
	return true;
}

HOOK(ssize_t, read, int fd, void *buf, size_t n)
{
	turn_read(fd);
	bool stream = streamed(fd, n);

	if (!stream && !wanted(fd, 0))
		return real.read(fd, buf, n);
	int saved = errno;
	ssize_t result = stream ? receive_stream("read", fd, buf, n, 0, NULL, NULL)
				: receive("read", fd, buf, n, 0, NULL, NULL);
	return was_taken(fd, result, saved) ? real.read(fd, buf, n) : result;
}

/* The real ones check the room and end the program where it is too small. */
HOOK(ssize_t, __recv_chk, int fd, void *buf, size_t n, size_t room, int flags)
{
	if (n <= room && streamed(fd, n))
		return receive_stream("recvfrom", fd, buf, n, flags, NULL, NULL);
	return wanted(fd, flags) && n <= room ? receive("recvfrom", fd, buf, n, flags, NULL, NULL)
					      : real.__recv_chk(fd, buf, n, room, flags);
}

HOOK(ssize_t, __recvfrom_chk, int fd, void *buf, size_t n, size_t room, int flags, void *from,
	socklen_t *fromlen)
{
	if (n <= room && streamed(fd, n))
		return receive_stream("recvfrom", fd, buf, n, flags, from, fromlen);
	return wanted(fd, flags) && n <= room
		? receive("recvfrom", fd, buf, n, flags, from, fromlen)
		: real.__recvfrom_chk(fd, buf, n, room, flags, from, fromlen);
}

HOOK(ssize_t, __read_chk, int fd, void *buf, size_t n, size_t room)
{
	turn_read(fd);
	return n <= room ? hook_read(fd, buf, n) : real.__read_chk(fd, buf, n, room);
}

/* What one message of recvmsg() brought: its length from now on, or ARRIVE_DROPPED. */
static ssize_t received(int fd, const struct msghdr *msg, size_t n, const struct addr *to,
	struct trace_in *trace)
{
	struct addr source = {.family = 0};
	size_t more = 0;

	/* cut by the kernel: longer than all of the room */
	for (size_t i = 0; (msg->msg_flags & MSG_TRUNC) && i < msg->msg_iovlen; i++)
		more += msg->msg_iov[i].iov_len;
	if (msg->msg_name)
		addr_from_sockaddr(&source, msg->msg_name, msg->msg_namelen);
	ssize_t changed = arrive(fd, msg->msg_iov, msg->msg_iovlen, n + more, &source,
		to && to->family ? to : NULL, trace);
	return more && changed != ARRIVE_DROPPED ? (ssize_t)n : changed;
}

/* recvmsg() of what goes through arrive.c; readv() too, by that name. */
static ssize_t receive_message(const char *name, int fd, struct msghdr *msg, int flags)
{
	struct trace_in room, *trace = trace_in_begin(&room);
	int saved = errno, wait = 0;
	struct sockaddr_storage ss;

	for (;; wait = MSG_DONTWAIT) {
		struct addr to = {.family = 0};
		struct msghdr own = *msg;
		if (!own.msg_name) {
			own.msg_name = &ss;
			own.msg_namelen = sizeof(ss);
		}
		ssize_t result = bits_of(fd) & FD_ARRIVALS
			? receive_arrival(fd, &own, flags | wait, &to)
			: real.recvmsg(fd, &own, flags | wait);
		if (result < 0 && wait && none_left(fd, flags)) {
			errno = saved;
			msg->msg_controllen = 0;
			msg->msg_flags = 0;
			return 0;
		}
		if (result < 0)
			return result;
		ssize_t changed = result ? received(fd, &own, (size_t)result, &to, trace) : result;
		bool dropped = changed == ARRIVE_DROPPED;
		if (unlikely(trace))
			trace_in_message(trace, name, fd, &own, flags, dropped ? result : changed);
		if (!dropped) {
			if (msg->msg_name)
				msg->msg_namelen = own.msg_namelen;
			msg->msg_controllen = own.msg_controllen;
			msg->msg_flags = own.msg_flags;
			return own.msg_flags & MSG_TRUNC ? size_told(fd, flags, changed) : changed;
		}
		if (flags & MSG_PEEK)
			real.recvfrom(fd, NULL, 0, MSG_DONTWAIT, NULL, NULL);
	}
}

static ssize_t receive_stream_message(const char *name, int fd, struct msghdr *msg, int flags)
{
	struct trace_in room, *trace = trace_in_begin(&room);
	ssize_t result = stream_in(fd, msg, flags, trace);

	if (unlikely(trace))
		trace_in_message(trace, name, fd, msg, flags, result);
	return result;
}

HOOK(ssize_t, recvmsg, int fd, struct msghdr *msg, int flags)
{
	if (streamed(fd, 1) && readable(msg))
		return receive_stream_message("recvmsg", fd, msg, flags);
	if (!wanted(fd, flags)) {
		struct addr to;
		ssize_t result = unlikely(flags & MSG_ERRQUEUE) && readable(msg) &&
				(bits_of(fd) & FD_ARRIVALS) && (bits_of(fd) & FD_UDP)
			? receive_arrival(fd, msg, flags, &to) /* tells the address there, too */
			: real.recvmsg(fd, msg, flags);
		if (unlikely(hot.mode != HOT_INERT) && result >= 0 && msg->msg_controllen)
			cmsg_each_fd(msg, note_forget);
		return result;
	}
	if (!readable(msg))
		return real.recvmsg(fd, msg, flags);
	return receive_message("recvmsg", fd, msg, flags);
}

HOOK(ssize_t, readv, int fd, const struct iovec *iov, int count)
{
	struct msghdr msg = {.msg_iov = (struct iovec *)(uintptr_t)iov,
		.msg_iovlen = count > 0 ? (size_t)count : 0};

	bool stream = count > 0 && streamed(fd, 1);

	if (!stream && (count <= 0 || !wanted(fd, 0)))
		return real.readv(fd, iov, count);
	int saved = errno;
	ssize_t result = stream ? receive_stream_message("readv", fd, &msg, 0)
				: receive_message("readv", fd, &msg, 0);
	return was_taken(fd, result, saved) ? real.readv(fd, iov, count) : result;
}

/* Of a stream one portion follows another: what waits is given, no more is waited for. */
static int receive_streams(int fd, struct mmsghdr *msgs, unsigned count, int flags)
{
	unsigned got = 0;

	for (; got < count; got++, flags |= MSG_DONTWAIT) {
		int saved = errno;
		ssize_t result = receive_stream_message(
			"recvmsg", fd, &msgs[got].msg_hdr, flags & ~MSG_WAITFORONE);
		if (result < 0) {
			if (got)
				errno = saved;
			return got ? (int)got : -1;
		}
		msgs[got].msg_len = (unsigned)result;
		if (!result)
			return (int)got + 1;
	}
	return (int)got;
}

/* One by one, as recvmmsg(2) describes it: where more is asked of each than the host asks for. */
static int receive_messages(int fd, struct mmsghdr *msgs, unsigned count, int flags,
	const struct timespec *timeout)
{
	struct timespec start, now;
	struct turn_batch batch = {0};
	unsigned i;

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (i = 0; i < count; i++) {
		int more = i && (flags & MSG_WAITFORONE) ? MSG_DONTWAIT : 0;
		ssize_t result =
			hook_recvmsg(fd, &msgs[i].msg_hdr, (flags & ~MSG_WAITFORONE) | more);
		if (result < 0)
			break;
		turn_batch_add(&batch);
		msgs[i].msg_len = (unsigned)result;
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (timeout && (now.tv_sec - start.tv_sec) * 1000000000LL + now.tv_nsec -
				start.tv_nsec >= timeout->tv_sec * 1000000000LL + timeout->tv_nsec) {
			i++;
			break;
		}
	}
	turn_batch_end(&batch);
	return i ? (int)i : -1;
}

HOOK(int, recvmmsg, int fd, struct mmsghdr *msgs, unsigned count, int flags,
	struct timespec *timeout)
{
	if (streamed(fd, count) && readable(msgs))
		return receive_streams(fd, msgs, count, flags);

	bool edit = wanted(fd, flags);

	if (edit && readable(msgs) &&
		((bits_of(fd) & FD_ARRIVALS) || config_now()->unknown != UNKNOWN_PASS))
		return receive_messages(fd, msgs, count, flags, timeout);
	struct trace_in room, *trace = edit ? trace_in_begin(&room) : NULL;
	int result = real.recvmmsg(fd, msgs, count, flags, timeout);
	struct turn_batch batch = {0};

	for (int i = 0; unlikely(hot.mode != HOT_INERT) && i < result; i++) {
		if (msgs[i].msg_hdr.msg_controllen)
			cmsg_each_fd(&msgs[i].msg_hdr, note_forget);
		if (!edit)
			continue;
		ssize_t changed =
			received(fd, &msgs[i].msg_hdr, msgs[i].msg_len, NULL, trace);
		/* what is not let in leaves an empty datagram behind */
		msgs[i].msg_len = changed == ARRIVE_DROPPED ? 0 : (unsigned)changed;
		turn_batch_add(&batch);
	}
	turn_batch_end(&batch);
	if (unlikely(trace))
		trace_in_messages(trace, fd, msgs, count, flags, result);
	return result;
}
