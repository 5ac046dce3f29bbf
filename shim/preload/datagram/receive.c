/* SPDX-License-Identifier: MIT */
/* The host's own room is what the kernel fills: the message is edited where it lies. */
#include "receive.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>

#include "base/likely.h"
#include "base/raw.h"
#include "came.h"
#include "control.h"
#include "preload/process.h"
#include "preload/readable.h"
#include "preload/trace/packet.h"
#include "preload/real/real.h"
#include "sip/scan.h"
#include "size.h"

#define CONTROL_USUAL 512

/* Without room the kernel does not look for a datagram on a socket to which it leads what comes to members (in a
 * sockmap, Linux 5.10): with a byte's it does as ever. */
static __attribute__((noinline)) ssize_t receive_nothing(int fd, struct msghdr *msg, int flags)
{
	char byte;
	struct iovec room = {&byte, 1}, *iov = msg->msg_iov;
	size_t count = msg->msg_iovlen;

	msg->msg_iov = &room;
	msg->msg_iovlen = 1;
	ssize_t result = real.recvmsg(fd, msg, flags);
	msg->msg_iov = iov;
	msg->msg_iovlen = count;
	if (result > 0)
		msg->msg_flags |= MSG_TRUNC;
	return result > 0 && !(flags & MSG_TRUNC) ? 0 : result;
}

static bool has_room(const struct msghdr *msg)
{
	for (size_t i = 0; i < msg->msg_iovlen; i++) {
		if (msg->msg_iov[i].iov_len)
			return true;
	}
	return false;
}

static inline ssize_t receive_real(int fd, struct msghdr *msg, int flags)
{
	if (unlikely(record_of(fd)->by_lookup) && !(flags & MSG_ERRQUEUE) && !has_room(msg))
		return receive_nothing(fd, msg, flags);
	return real.recvmsg(fd, msg, flags);
}

/* As receive_arrival(). control holds CONTROL_OWN more than the host's room, of which
 * CONTROL_MAX count. */
static inline ssize_t receive_with(
	int fd, struct msghdr *msg, int flags, struct addr *to, char *control, size_t room)
{
	struct msghdr own = *msg;

	own.msg_control = control;
	own.msg_controllen = CONTROL_OWN + (room < CONTROL_MAX ? room : CONTROL_MAX);
	ssize_t result = receive_real(fd, &own, flags);
	if (result < 0)
		return result;
	unsigned keep = (bits_of(fd) & FD_PKTINFO ? CONTROL_KEEP_SOURCE : 0) |
		(record_of(fd)->own_ports || !record_of(fd)->ports ? CONTROL_KEEP_PORT : 0);
	size_t n = control_split(control, own.msg_controllen, keep, record_of(fd)->local.port, to);
	msg->msg_namelen = own.msg_namelen;
	msg->msg_flags = own.msg_flags;
	if (n && came_wants(fd, bits_of(fd)))
		control_rename(control, n, &record_of(fd)->local);
	if (n > room) {
		msg->msg_flags |= MSG_CTRUNC;
		n = control_cut(control, n, room);
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

/* The stack may be small. */
ssize_t receive_arrival(int fd, struct msghdr *msg, int flags, struct addr *to)
{
	char control[CONTROL_USUAL + CONTROL_OWN] __attribute__((aligned(8)));
	size_t room = readable(msg->msg_control) ? msg->msg_controllen : 0;

	if (unlikely(room > CONTROL_USUAL))
		return receive_with_much(fd, msg, flags, to, room);
	return receive_with(fd, msg, flags, to, control, room);
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
		return receive_real(fd, msg, flags | MSG_TRUNC);
	if (!msg->msg_name)
		return real.recvfrom(fd, msg->msg_iov->iov_base, msg->msg_iov->iov_len,
			flags | MSG_TRUNC, NULL, NULL);
	return real.recvfrom(fd, msg->msg_iov->iov_base, msg->msg_iov->iov_len, flags | MSG_TRUNC,
		msg->msg_name, &msg->msg_namelen);
}

/* What is dropped and was only looked at still waits. */
static void take_peeked(int fd, int flags)
{
	char byte;

	if (flags & MSG_PEEK)
		real.recvfrom(fd, &byte, sizeof(byte), MSG_DONTWAIT, NULL, NULL);
}

/* What of the sender's name fitted: a longer one is of no IP socket. */
static void find_source(struct addr *source, const struct msghdr *msg, socklen_t room)
{
	source->family = 0;
	if (msg->msg_namelen <= room)
		addr_from_sockaddr(source, msg->msg_name, msg->msg_namelen);
}

/* Both ends of a datagram, family 0 = not known; where the one tells by which the other is reached, that is
 * kept. */
static void find_ends(int fd, const struct msghdr *msg, socklen_t room, struct addr *source, struct addr *to)
{
	to->family = 0;
	if (msg->msg_controllen)
		control_split(msg->msg_control, msg->msg_controllen, 0, record_of(fd)->local.port, to);
	find_source(source, msg, room);
	if (unlikely(came_wants(fd, bits_of(fd))))
		came_note(fd, source, to);
}

/* Whether libbond has to know who sent, also where the host does not ask. */
static bool wants_source(int fd)
{
	return rules_now()->config.unknown == UNKNOWN_403 || came_wants(fd, bits_of(fd));
}

/* What the host is told of a datagram of `size` bytes that has come into its n. */
static ssize_t told(int fd, int flags, size_t n, ssize_t size)
{
	if (size <= (ssize_t)n)
		return size;
	return flags & MSG_TRUNC ? size_told(fd, flags, size) : (ssize_t)n;
}

/* As arrive(), in a call that is traced, for those that capture as well. */
static __attribute__((noinline)) ssize_t arrive_traced(const char *name, int fd, const struct iovec *iov,
	size_t count, size_t n, const struct addr *from, const struct addr *to, int flags, struct trace_in *trace)
{
	struct packet_arrival packet;
	size_t room = 0;

	to = to && to->family ? to : NULL;
	for (size_t i = 0; i < count; i++)
		room += iov[i].iov_len;
	packet_arriving(&packet, fd, iov, count, flags & MSG_PEEK ? 0 : n < room ? n : room);
	bool passes = packet_wanted() && !arrive_wants(classified(fd));
	ssize_t result = passes ? (ssize_t)n : arrive(fd, iov, count, n, from, to, trace);
	size_t now = result < 0 ? 0 : (size_t)result;
	packet_arrived(&packet, name, fd, from, to,
		&(struct packet_bytes){iov, count, now < room ? now : room}, result != ARRIVE_DROPPED,
		&trace->verdict);
	return result;
}

ssize_t receive_bytes(const char *name, int fd, void *buf, size_t n, int flags, void *from,
	socklen_t *fromlen)
{
	struct trace_in trace_room, *trace = trace_in_begin(&trace_room);
	char control[CONTROL_OWN] __attribute__((aligned(8)));
	struct iovec iov = {buf, n};
	struct sockaddr_storage ss;
	void *asked = from; /* for whom an answer in the host's place would be */
	socklen_t room = 0;
	int wait = 0, saved = 0;
	ssize_t result;

	if (from && !readable(fromlen))
		return real.recvfrom(fd, buf, n, flags, from, fromlen); /* EFAULT */
	if (from)
		room = *fromlen;
	else if (wants_source(fd) || unlikely(trace)) {
		asked = &ss;
		room = sizeof(ss);
	}
	for (;; wait = MSG_DONTWAIT) {
		struct msghdr msg = {.msg_name = asked,
			.msg_namelen = room,
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
		if (from)
			*fromlen = msg.msg_namelen;
		bool foreign = result && n && scan_is_foreign(buf, (size_t)result < n ? (size_t)result : n) &&
			!arrive_is_closed(bits_of(fd));
		if (foreign && !came_wants(fd, bits_of(fd)))
			break;
		struct addr source, to;
		find_ends(fd, &msg, room, &source, &to);
		if (foreign)
			break;
		ssize_t came = result;
		if (result && unlikely(trace))
			result = arrive_traced(name, fd, &iov, 1, (size_t)result, &source, &to, flags, trace);
		else if (result)
			result = arrive(fd, &iov, 1, (size_t)result, &source, to.family ? &to : NULL, NULL);
		bool dropped = result == ARRIVE_DROPPED;
		if (unlikely(trace))
			trace_in_bytes(trace, name, fd, buf, n, flags, from, asked == from ? fromlen : NULL,
				room, dropped ? came : result);
		if (!dropped)
			break;
		saved = errno;
		take_peeked(fd, flags);
	}
	return told(fd, flags, n, result);
}

ssize_t receive_arrived(int fd, const struct msghdr *msg, size_t n, const struct addr *to,
	int flags, struct trace_in *trace)
{
	struct addr source = {.family = 0};
	size_t more = 0;

	/* cut by the kernel: longer than all of the room */
	for (size_t i = 0; (msg->msg_flags & MSG_TRUNC) && i < msg->msg_iovlen; i++)
		more += msg->msg_iov[i].iov_len;
	if (msg->msg_name)
		addr_from_sockaddr(&source, msg->msg_name, msg->msg_namelen);
	ssize_t changed = unlikely(trace)
		? arrive_traced("recvmsg", fd, msg->msg_iov, msg->msg_iovlen, n + more, &source, to, flags, trace)
		: arrive(fd, msg->msg_iov, msg->msg_iovlen, n + more, &source,
			  to && to->family ? to : NULL, NULL);
	return more && changed != ARRIVE_DROPPED ? (ssize_t)n : changed;
}

static void note_came(int fd, const struct msghdr *msg, const struct addr *to)
{
	struct addr source;

	if (addr_from_sockaddr(&source, msg->msg_name, msg->msg_namelen) == 0)
		came_note(fd, &source, to);
}

ssize_t receive_message(const char *name, int fd, struct msghdr *msg, int flags)
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
		if (unlikely(came_wants(fd, bits_of(fd))))
			note_came(fd, &own, &to);
		ssize_t changed = result ? receive_arrived(fd, &own, (size_t)result, &to, flags, trace) : result;
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
		take_peeked(fd, flags);
	}
}
