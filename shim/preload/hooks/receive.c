/* SPDX-License-Identifier: MIT */
/* recv, recvfrom, recvmsg, recvmmsg, read, readv and their fortified forms: what they bring of SIP by
 * UDP goes through datagram/receive, by TCP through stream/in. Descriptors that come in SCM_RIGHTS are new
 * numbers (unix(7)). */
#include "hook.h"

#include "base/cmsg.h"
#include "preload/datagram/receive.h"
#include "preload/housekeeping/thread.h"
#include "preload/stream/follow.h"
#include "preload/stream/in.h"
#include "preload/stream/wants.h"
#include "preload/trace/packet.h"
#include "preload/turn.h"

static inline bool wanted(int fd, int flags)
{
	uint32_t bits = bits_of(fd);

	turn_may();
	if (likely(page.p.mode == HOT_INERT) || (bits & (FD_OTHER | FD_TCP)))
		return false;
	housekeeping_poke();
	if (flags & MSG_ERRQUEUE)
		return false;
	bits = bits ? bits : note_unseen(fd);
	if (!arrive_wants(bits) && !(packet_wanted() && (bits & FD_UDP)))
		return false;
	turn_end(); /* the host waits for the next one */
	return true;
}

/* Whether n bytes are asked for of a connection that carries SIP, or is followed. */
static inline bool streamed(int fd, size_t n)
{
	uint32_t bits = bits_of(fd);

	if (likely(page.p.mode == HOT_INERT) || !n || (bits & (FD_OTHER | FD_UDP)))
		return false;
	if (bits & FD_PLAIN) {
		if (bits & FD_STREAM)
			turn_records(fd);
		return unlikely(bits & FD_HELLOS);
	}
	return stream_wants(fd, classified(fd)) || follow_is(bits_of(fd));
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

HOOK(ssize_t, recv, int fd, void *buf, size_t n, int flags)
{
	if (streamed(fd, n))
		return receive_stream("recvfrom", fd, buf, n, flags, NULL, NULL);
	return wanted(fd, flags) ? receive_bytes("recvfrom", fd, buf, n, flags, NULL, NULL)
				 : real.recv(fd, buf, n, flags);
}

HOOK(ssize_t, recvfrom, int fd, void *buf, size_t n, int flags, void *from, socklen_t *fromlen)
{
	if (streamed(fd, n))
		return receive_stream("recvfrom", fd, buf, n, flags, from, fromlen);
	return wanted(fd, flags) ? receive_bytes("recvfrom", fd, buf, n, flags, from, fromlen)
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

	if (!stream && (!n || !wanted(fd, 0))) /* read(2) of no bytes takes no datagram */
		return real.read(fd, buf, n);
	int saved = errno;
	ssize_t result = stream ? receive_stream("read", fd, buf, n, 0, NULL, NULL)
				: receive_bytes("read", fd, buf, n, 0, NULL, NULL);
	return was_taken(fd, result, saved) ? real.read(fd, buf, n) : result;
}

/* The real ones check the room and end the program where it is too small. */
HOOK(ssize_t, __recv_chk, int fd, void *buf, size_t n, size_t room, int flags)
{
	if (n <= room && streamed(fd, n))
		return receive_stream("recvfrom", fd, buf, n, flags, NULL, NULL);
	return wanted(fd, flags) && n <= room ? receive_bytes("recvfrom", fd, buf, n, flags, NULL, NULL)
					      : real.__recv_chk(fd, buf, n, room, flags);
}

HOOK(ssize_t, __recvfrom_chk, int fd, void *buf, size_t n, size_t room, int flags, void *from,
	socklen_t *fromlen)
{
	if (n <= room && streamed(fd, n))
		return receive_stream("recvfrom", fd, buf, n, flags, from, fromlen);
	return wanted(fd, flags) && n <= room
		? receive_bytes("recvfrom", fd, buf, n, flags, from, fromlen)
		: real.__recvfrom_chk(fd, buf, n, room, flags, from, fromlen);
}

HOOK(ssize_t, __read_chk, int fd, void *buf, size_t n, size_t room)
{
	turn_read(fd);
	return n <= room ? hook_read(fd, buf, n) : real.__read_chk(fd, buf, n, room);
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
		if (unlikely(page.p.mode != HOT_INERT) && result >= 0 && msg->msg_controllen)
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
	bool errors = unlikely(flags & MSG_ERRQUEUE) && (bits_of(fd) & FD_ARRIVALS) && (bits_of(fd) & FD_UDP);

	if (errors && readable(msgs))
		return receive_messages(fd, msgs, count, flags, timeout);
	if (edit && readable(msgs) &&
		((bits_of(fd) & FD_ARRIVALS) || rules_now()->config.unknown != UNKNOWN_PASS))
		return receive_messages(fd, msgs, count, flags, timeout);
	struct trace_in room, *trace = edit ? trace_in_begin(&room) : NULL;
	int result = real.recvmmsg(fd, msgs, count, flags, timeout);
	struct turn_batch batch = {0};

	for (int i = 0; unlikely(page.p.mode != HOT_INERT) && i < result; i++) {
		if (msgs[i].msg_hdr.msg_controllen)
			cmsg_each_fd(&msgs[i].msg_hdr, note_forget);
		if (!edit)
			continue;
		ssize_t changed =
			receive_arrived(fd, &msgs[i].msg_hdr, msgs[i].msg_len, NULL, flags, trace);
		/* what is not let in leaves an empty datagram behind */
		msgs[i].msg_len = changed == ARRIVE_DROPPED ? 0 : (unsigned)changed;
		turn_batch_add(&batch);
	}
	turn_batch_end(&batch);
	if (unlikely(trace))
		trace_in_messages(trace, fd, msgs, count, flags, result);
	return result;
}
