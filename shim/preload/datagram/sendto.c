/* SPDX-License-Identifier: MIT */
/* What was decided is done again, by one look at where it goes and one at the way that is kept for that. */
#include "sendto.h"

#include <errno.h>

#include "fast.h"
#include "leave.h"
#include "preload/readable.h"
#include "preload/real/real.h"
#include "preload/refusal.h"
#include "preload/trace/packet.h"
#include "preload/trace/trace.h"
#include "send.h"
#include "shown.h"

struct scan_most sendto_most = SCAN_MOST;

/* A register that no argument is in: for what would make one of them give way. */
#if defined(__x86_64__)
#define SPARE __asm__("r10")
#else
#define SPARE
#endif

/* What is not told sooner. */
static __attribute__((noinline)) ssize_t sendto_decided(
	int fd, const void *buf, size_t n, int flags, const void *to, socklen_t tolen)
{
	struct iovec one = {(void *)(uintptr_t)buf, outgoing_length(n)};
	struct msghdr msg = {.msg_name = (void *)(uintptr_t)to,
		.msg_namelen = tolen,
		.msg_iov = &one,
		.msg_iovlen = 1};
	struct outgoing o = {SEND_SENDTO, fd, flags, &msg};
	struct verdict v = VERDICT_EMPTY;
	struct trace_mark mark;

	if (likely(!(page.p.mode & HOT_TRACE)))
		return leave(&o, &v);
	trace_begin(&mark);
	ssize_t result = leave(&o, &v);
	if (packet_wanted())
		packet_passed(&o, &v, &mark, result);
	trace_send(&mark, "sendto", fd, buf, n, flags, to, tolen, result, &v);
	return result;
}

struct sendto_arguments {
	union {
		struct tally_pair *pair; /* where it was counted, NULL = nowhere; */
		uint64_t way;            /* of a member's, by which that is found */
	};
	int fd, flags;
	struct iovec iov;
	const void *to; /* a sockaddr_in */
};

/* After a way was refused: another member may do, or the descriptor is not what it was. Any other
 * error is the host's. What failed does not count. saved: errno as it was before, -1 = not known. */
static __attribute__((noinline)) ssize_t sendto_again(const struct sendto_arguments *a, int saved)
{
	if (a->pair)
		tally_pair_take_back(a->pair, a->iov.iov_len);
	if (!refusal_is_possible(errno))
		return -1;
	if (saved >= 0)
		errno = saved;
	return sendto_decided(a->fd, a->iov.iov_base, a->iov.iov_len, a->flags, a->to,
		sizeof(struct sockaddr_in));
}

static __attribute__((flatten, noinline, used)) ssize_t sendto_from_source(
	int fd, const void *buf, size_t n, int flags, const void *to, uint32_t way)
{
	struct sendto_arguments a = {
		.way = way, .fd = fd, .flags = flags, .iov = {(void *)(uintptr_t)buf, n}, .to = to};
	/* as in sendto_way() */
	__asm__ volatile("" : "+m"(a));
	ssize_t result = send_pktinfo(fd, &a.iov, flags, to, fast_value(way));

	if (likely(result >= 0))
		return result;
	a.pair = fast_pair_of((uint32_t)a.way, a.fd);
	return sendto_again(&a, -1);
}

/* The ways that need more than one look, or a second try. */
static __attribute__((noinline, used)) ssize_t sendto_closer(
	int fd, const void *buf, size_t n, int flags, const void *to, uint32_t way)
{
	struct sendto_arguments a = {{NULL}, fd, flags, {(void *)(uintptr_t)buf, n}, to};
	int saved = errno;
	ssize_t result;

	if (way == fast_way(FAST_UNMARKED, 0)) {
		if (!shown_is_unmarked(buf, n))
			return sendto_decided(fd, buf, n, flags, to, sizeof(struct sockaddr_in));
		return real.sendto(fd, buf, n, flags, to, sizeof(struct sockaddr_in));
	}
	if (way == fast_way(FAST_LOOK, 0)) {
		const struct sockaddr_in *in = to;

		if (hears_may(&this_host.hears, in->sin_addr.s_addr, ntohs(in->sin_port)) ||
			!fast_find(fd, fast_close(fast_any_list(to)), &way, &a.pair))
			return sendto_decided(fd, buf, n, flags, to, sizeof(*in));
	} else {
		a.pair = fast_pair_of(way, fd);
	}
	if (a.pair)
		tally_pair_count(a.pair, n);
	if (fast_kind(way) == FAST_SOURCE || fast_kind(way) == FAST_CAREFUL_SOURCE)
		result = send_pktinfo(fd, &a.iov, flags, to, fast_value(way));
	else
		result = real.sendto((int)fast_value(way), buf, n, flags, to, sizeof(struct sockaddr_in));
	return likely(result >= 0) ? result : sendto_again(&a, saved);
}

static inline __attribute__((always_inline)) ssize_t sendto_way(
	int fd, const void *buf, size_t n, int flags, const void *to, uint32_t way, struct tally_pair *pair)
{
	if (!fast_is_descriptor(way)) {
		if (fast_is_source(way)) {
			tally_pair_count(pair, n);
			return sendto_from_source(fd, buf, n, flags, to, way);
		}
		if (way == fast_way(FAST_OWN, 0))
			return real.sendto(fd, buf, n, flags, to, sizeof(struct sockaddr_in));
		return sendto_closer(fd, buf, n, flags, to, way);
	}
	tally_pair_count(pair, n);
	struct sendto_arguments a = {{pair}, fd, flags, {(void *)(uintptr_t)buf, n}, to};
	/* kept in memory, not in registers that would have to be saved for a second try */
	__asm__ volatile("" : : "m"(a));
	ssize_t result = real.sendto((int)way, buf, n, flags, to, sizeof(struct sockaddr_in));
	return likely(result >= 0) ? result : sendto_again(&a, -1);
}

/* There is no way for what is told at once of the address. */
static __attribute__((noinline)) ssize_t sendto_astray(
	int fd, const void *buf, size_t n, int flags, const void *to)
{
	struct tally_pair *pair;
	uint32_t way;

	if (fast_list(to) == OCTETS_TREE && fast_find(fd, fast_any_list(to), &way, &pair))
		return sendto_way(fd, buf, n, flags, to, way, pair);
	return sendto_decided(fd, buf, n, flags, to, sizeof(struct sockaddr_in));
}

/* A usual request, of which nothing has to be noted, to a usual destination; buf: at least 64 readable
 * bytes. A way leads on from an IPv4 socket only, where no family but that of the address can be meant:
 * the kernel tells of others. */
static inline __attribute__((always_inline)) bool is_usual(const void *buf, size_t n, const void *to, socklen_t tolen)
{
	return likely(tolen == sizeof(struct sockaddr_in)) && likely(readable(to)) &&
		likely(fast_is_usual(buf, n));
}

/* named: DNS has a say. */
static inline __attribute__((always_inline)) ssize_t sendto_by_list(
	bool named, int fd, const void *buf, size_t n, int flags, const void *to, socklen_t tolen)
{
	struct tally_pair *pair;
	uint32_t way;

	if (!is_usual(buf, n, to, tolen))
		return sendto_decided(fd, buf, n, flags, to, tolen);
	register uint64_t list SPARE = named ? fast_named_list(to) : fast_list(to);
	__asm__("" : "+r"(list));
	if (!fast_find(fd, list, &way, &pair))
		return sendto_astray(fd, buf, n, flags, to);
	return sendto_way(fd, buf, n, flags, to, way, pair);
}

static __attribute__((noinline)) ssize_t sendto_usual(
	int fd, const void *buf, size_t n, int flags, const void *to, socklen_t tolen)
{
	return sendto_by_list(false, fd, buf, n, flags, to, tolen);
}

static __attribute__((noinline)) ssize_t sendto_named(
	int fd, const void *buf, size_t n, int flags, const void *to, socklen_t tolen)
{
	return sendto_by_list(true, fd, buf, n, flags, to, tolen);
}

/* Of what leaves by a socket of SIP, all is looked at. */
static __attribute__((noinline)) ssize_t sendto_suspect(
	int fd, const void *buf, size_t n, int flags, const void *to, socklen_t tolen)
{
	uint32_t bits = bits_of(fd);

	if (scan_is_foreign(buf, n) && to && !(flags & MSG_FASTOPEN) && bits && sockets_listener(bits) < 0)
		return real.sendto(fd, buf, n, flags, to, tolen);
	return sendto_decided(fd, buf, n, flags, to, tolen);
}

static ssize_t sendto_guarded(
	int fd, const void *buf, size_t n, int flags, const void *to, socklen_t tolen)
{
	if (unlikely(*(const unsigned char *)buf >= 'a'))
		return sendto_suspect(fd, buf, n, flags, to, tolen);
	return hot.domains ? sendto_named(fd, buf, n, flags, to, tolen)
			  : sendto_usual(fd, buf, n, flags, to, tolen);
}

ssize_t (*sendto_request)(int, const void *, size_t, int, const void *, socklen_t) = sendto_decided;

void sendto_take(const struct rules *r)
{
	static const struct scan_most usual_most = SCAN_MOST;
	bool guarded = r->config.no_route == NO_ROUTE_FAIL || r->config.header;

	sendto_most.bytes[0] = guarded ? 0 : usual_most.bytes[0];
	sendto_request = guarded ? sendto_guarded : r->domains.on ? sendto_named : sendto_usual;
}

/* Whether such a socket is a listener of opened members that sends to IPv4 addresses of its choice. */
static inline __attribute__((always_inline)) bool is_free(uint32_t bits)
{
	const uint32_t kind = FD_UDP | FD_LISTENER | FD_WIDE;

	return (bits & (kind | FD_V6 | FD_CONNECTED)) == kind;
}

/* So, to that address. */
static inline __attribute__((always_inline)) bool is_shown(const struct sockaddr_in *to)
{
	return shown_may(to->sin_addr.s_addr, ntohs(to->sin_port));
}

static __attribute__((flatten, noinline)) ssize_t sendto_shown(
	int fd, const void *buf, size_t n, int flags, const void *to)
{
	struct sendto_arguments a;

	a.pair = NULL;
	a.fd = fd;
	a.flags = flags;
	a.iov = (struct iovec){(void *)(uintptr_t)buf, n};
	a.to = to;
	/* as in sendto_way() */
	__asm__ volatile("" : "+m"(a));
	ssize_t result = send_shown(fd, &a.iov, flags, to);

	return likely(result >= 0) ? result : sendto_again(&a, -1);
}

static __attribute__((noinline)) ssize_t sendto_shown_unmarked(
	int fd, const void *buf, size_t n, int flags, const void *to)
{
	if (is_shown(to) && shown_is_unmarked(buf, n))
		return sendto_shown(fd, buf, n, flags, to);
	return sendto_decided(fd, buf, n, flags, to, sizeof(struct sockaddr_in));
}

/* What may be a request of such a listener. named: as in sendto_by_list(). */
static inline __attribute__((always_inline)) ssize_t sendto_wide_by_list(
	bool named, int fd, const void *buf, size_t n, int flags, const void *to, socklen_t tolen)
{
	struct tally_pair *pair;
	uint32_t way;

	if (!is_usual(buf, n, to, tolen) || !fast_find(fd, named ? fast_named_list(to) : fast_list(to), &way, &pair))
		return sendto_decided(fd, buf, n, flags, to, tolen);
	if (likely(way == fast_way(FAST_SHOWN, 0)) && likely(is_shown(to)))
		return sendto_shown(fd, buf, n, flags, to);
	if (way == fast_way(FAST_SHOWN_UNMARKED, 0))
		return sendto_shown_unmarked(fd, buf, n, flags, to);
	if (way == fast_way(FAST_SHOWN, 0) || way == fast_way(FAST_OWN, 0) || way == fast_way(FAST_UNMARKED, 0))
		return sendto_decided(fd, buf, n, flags, to, tolen); /* the latter of before it was wide */
	return named ? sendto_named(fd, buf, n, flags, to, tolen) : sendto_usual(fd, buf, n, flags, to, tolen);
}

static __attribute__((noinline)) ssize_t sendto_wide_named(
	int fd, const void *buf, size_t n, int flags, const void *to, socklen_t tolen)
{
	return sendto_wide_by_list(true, fd, buf, n, flags, to, tolen);
}

static __attribute__((noinline)) ssize_t sendto_wide(
	int fd, const void *buf, size_t n, int flags, const void *to, socklen_t tolen)
{
	if (unlikely(hot.domains))
		return sendto_wide_named(fd, buf, n, flags, to, tolen);
	return sendto_wide_by_list(false, fd, buf, n, flags, to, tolen);
}

/* Whatever else a widened socket sends. */
static __attribute__((noinline)) ssize_t sendto_wide6(
	int fd, const void *buf, size_t n, int flags, const void *to, socklen_t tolen)
{
	ssize_t result;

	return n >= FAST_HEAD && shown_sendto6(fd, buf, n, flags, to, tolen, &sendto_most, &result)
		? result
		: sendto_decided(fd, buf, n, flags, to, tolen);
}

/* What is no request; on a socket of opened members it leaves from where the host is shown to be. */
static __attribute__((noinline)) ssize_t sendto_foreign(
	int fd, const void *buf, size_t n, int flags, const void *to, socklen_t tolen)
{
	if (unlikely(sendto_is_of_stream(to, flags)))
		return sendto_decided(fd, buf, n, flags, to, tolen);
	uint32_t bits = bits_of(fd);
	if (likely(!sockets_is_wide(bits)))
		return real.sendto(fd, buf, n, flags, to, tolen);
	if (is_free(bits) && tolen == sizeof(struct sockaddr_in) && readable(to) &&
		((const struct sockaddr_in *)to)->sin_family == AF_INET && is_shown(to))
		return sendto_shown(fd, buf, n, flags, to);
	return sendto_wide6(fd, buf, n, flags, to, tolen);
}

/* Too short to be looked at in one go. */
static __attribute__((noinline)) ssize_t sendto_short(
	int fd, const void *buf, size_t n, int flags, const void *to, socklen_t tolen)
{
	if (n && sendto_most.bytes[0] && scan_is_foreign(buf, n))
		return sendto_foreign(fd, buf, n, flags, to, tolen);
	return sendto_decided(fd, buf, n, flags, to, tolen);
}

ssize_t sendto_beside_wide(
	int fd, const void *buf, size_t n, int flags, const void *to, socklen_t tolen)
{
	if (unlikely(!readable(buf)))
		return sendto_decided(fd, buf, n, flags, to, tolen);
	if (unlikely(n < 64))
		return sendto_short(fd, buf, n, flags, to, tolen);
	if (scan_is_foreign_16(buf, &sendto_most))
		return sendto_foreign(fd, buf, n, flags, to, tolen);
	uint32_t bits = bits_of(fd);
	if (is_free(bits))
		return sendto_wide(fd, buf, n, flags, to, tolen);
	return unlikely(sockets_is_wide(bits)) ? sendto_wide6(fd, buf, n, flags, to, tolen)
					       : sendto_request(fd, buf, n, flags, to, tolen);
}

ssize_t sendto_unusual(
	int fd, const void *buf, size_t n, int flags, const void *to, socklen_t tolen)
{
	if (unlikely(page.p.active_span - 1 < HOT_CLOSED - 1))
		hot_reopen(); /* who ended a live trace did not come to it */
	if (!(page.p.mode & (HOT_TRACE | HOT_CLIENTS)) && n && readable(buf)) {
		if (sendto_most.bytes[0] && scan_is_foreign(buf, n) && !(flags & MSG_FASTOPEN) && to)
			return real.sendto(fd, buf, n, flags, to, tolen);
		if (n >= 64 && !scan_is_foreign_16(buf, &sendto_most))
			return sendto_request(fd, buf, n, flags, to, tolen);
	}
	return sendto_decided(fd, buf, n, flags, to, tolen);
}
