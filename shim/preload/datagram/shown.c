/* SPDX-License-Identifier: MIT */
#include "shown.h"

#include <errno.h>
#include <netinet/in.h>

#include "control.h"
#include "core/arrival.h"
#include "fast.h"
#include "preload/readable.h"
#include "preload/real/real.h"
#include "preload/refusal.h"
#include "preload/sockets/note.h"

bool shown_is_unmarked(const void *buf, size_t n)
{
	const char *mark;

	return n <= UINT16_MAX &&
		(!(mark = arrival_find_mark(buf, n)) || !arrival_decides(rules_now(), mark, (const char *)buf + n));
}

/* Where it goes. */
struct goal {
	const void *to;
	socklen_t tolen;
	uint32_t low; /* its last four bytes */
	uint16_t port;
	uint64_t list; /* of its routes; OCTETS_TREE: not told here */
};

static inline bool find_list4(const struct sockaddr_in *to, struct goal *g)
{
	g->low = to->sin_addr.s_addr;
	g->port = ntohs(to->sin_port);
	g->list = hot.domains ? fast_named_list(to) : fast_list(to);
	return true;
}

static inline bool find_list6(const struct sockaddr_in6 *to, struct goal *g)
{
	const uint8_t *ip = to->sin6_addr.s6_addr;
	struct sockaddr_in four;

	if (IN6_IS_ADDR_V4MAPPED(&to->sin6_addr)) {
		memcpy(&four.sin_addr, ip + 12, sizeof(four.sin_addr));
		four.sin_port = to->sin6_port;
		return find_list4(&four, g);
	}
	memcpy(&g->low, ip + 12, sizeof(g->low));
	g->port = ntohs(to->sin6_port);
	g->list = match_tree6(rules_now()->match, ip);
	return !hot.domains;
}

/* False: it is no address of the socket's family, or no source of the listener's is right for it. */
static inline bool find_goal(uint32_t bits, const struct addr *named, const void *to, socklen_t tolen, struct goal *g)
{
	const struct sockaddr_in6 *six = to;

	if (!readable(to))
		return false;
	g->to = to;
	g->tolen = tolen;
	if (!(bits & FD_V6))
		return tolen == sizeof(struct sockaddr_in) && ((const struct sockaddr_in *)to)->sin_family == AF_INET &&
			find_list4(to, g);
	return tolen >= sizeof(*six) && six->sin6_family == AF_INET6 &&
		(named->family == AF_INET) == IN6_IS_ADDR_V4MAPPED(&six->sin6_addr) && find_list6(six, g);
}

static inline bool is_listener(uint32_t bits)
{
	const uint32_t kind = FD_UDP | FD_LISTENER | FD_WIDE;

	return (bits & (kind | FD_CONNECTED)) == kind;
}

/* Whether the first piece of a datagram, of at least 64 readable bytes, tells that it leaves so. */
static inline bool leaves_so(int fd, const void *buf, size_t n, bool whole, const struct goal *g,
	const struct scan_most *most)
{
	struct tally_pair *pair;
	uint32_t way;

	if (!shown_may(g->low, g->port))
		return false;
	if (scan_is_foreign_16(buf, most))
		return true;
	if (!fast_is_usual(buf, whole ? n : SIZE_MAX) || !fast_find(fd, g->list, &way, &pair))
		return false;
	return way == fast_way(FAST_SHOWN, 0) ||
		(way == fast_way(FAST_SHOWN_UNMARKED, 0) && whole && shown_is_unmarked(buf, n));
}

/* One that is led there has its own address for the kernel. */
static inline bool send_so(int fd, const struct goal *g, const struct iovec *iov, size_t pieces, int flags, uint32_t bits,
	ssize_t *result)
{
	const struct fd_record *r = record_of(fd);
	char control[CMSG_SPACE(sizeof(struct in6_pktinfo))] __attribute__((aligned(8)));
	struct msghdr msg;

	msg.msg_name = (void *)(uintptr_t)g->to;
	msg.msg_namelen = g->tolen;
	msg.msg_iov = (struct iovec *)(uintptr_t)iov;
	msg.msg_iovlen = pieces;
	msg.msg_control = control;
	msg.msg_flags = 0;
	if (r->by_lookup)
		msg.msg_controllen = 0;
	else if (bits & FD_V6)
		msg.msg_controllen = control_put_source6(control, &r->named, 0);
	else
		msg.msg_controllen = control_put_source4(control, &r->named, 0);
	*result = real.sendmsg(fd, &msg, flags);
	return likely(*result >= 0) || !refusal_is_possible(errno);
}

__attribute__((flatten)) bool shown_sendto6(int fd, const void *buf, size_t n, int flags, const void *to, socklen_t tolen,
	const struct scan_most *most, ssize_t *result)
{
	struct iovec one = {(void *)(uintptr_t)buf, n};
	uint32_t bits = bits_of(fd);
	struct goal g = {0};

	return is_listener(bits) && find_goal(bits, &record_of(fd)->named, to, tolen, &g) &&
		leaves_so(fd, buf, n, true, &g, most) && send_so(fd, &g, &one, 1, flags, bits, result);
}

__attribute__((flatten)) bool shown_sendmsg(int fd, const struct msghdr *msg, int flags, const struct scan_most *most, ssize_t *result)
{
	uint32_t bits = bits_of(fd);
	struct goal g = {0};

	if (!is_listener(bits) || !readable(msg) || msg->msg_controllen || !msg->msg_iovlen ||
		!readable(msg->msg_iov) || record_of(fd)->segment)
		return false;
	const struct iovec *first = msg->msg_iov;
	return first->iov_len >= FAST_HEAD && readable(first->iov_base) &&
		find_goal(bits, &record_of(fd)->named, msg->msg_name, msg->msg_namelen, &g) &&
		leaves_so(fd, first->iov_base, first->iov_len, msg->msg_iovlen == 1, &g, most) &&
		send_so(fd, &g, first, msg->msg_iovlen, flags, bits, result);
}
