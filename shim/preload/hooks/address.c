/* SPDX-License-Identifier: MIT */
/* bind, listen, connect, accept, getsockname, setsockopt: where the host's sockets stand. */
#include "hook.h"

#include <netinet/in.h>
#include <netinet/udp.h>

#include "preload/connection/connect.h"
#include "preload/datagram/rebind.h"
#include "preload/housekeeping/thread.h"
#include "preload/opened/bind.h"
#include "preload/opened/options.h"
#include "preload/rules_due.h"
#include "preload/stream/peer.h"
#include "preload/tally.h"
#include "preload/turn.h"

HOOK(int, bind, int fd, const void *sa, socklen_t len)
{
	if (likely(page.p.mode == HOT_INERT))
		return real.bind(fd, sa, len);

	struct trace_mark begun;

	uint32_t bits = classified(fd);
	housekeeping_poke_ready();
	const struct trace_mark *mark = hook_begin(&begun, fd, NULL);
	int result = opened_bind(fd, sa, len, bits);
	if (result == 0)
		note_bind(fd, sa, len);
	if (unlikely(mark))
		trace_address(mark, "bind", fd, sa, len, result, NULL);
	return result;
}

HOOK(int, listen, int fd, int backlog)
{
	if (likely(page.p.mode == HOT_INERT))
		return real.listen(fd, backlog);

	struct trace_mark begun;
	long number = backlog;

	uint32_t bits = classified(fd);
	housekeeping_poke_ready();
	const struct trace_mark *mark = hook_begin(&begun, fd, NULL);
	int result = opened_listen(fd, backlog, bits);
	if (result == 0)
		note_listen(fd);
	if (unlikely(mark))
		trace_numbers(mark, "listen", fd, &number, 1, result);
	return result;
}

/* Nothing is decided before: once the kernel has taken the address, it can be read. */
static int connect_datagram(int fd, const void *sa, socklen_t len, uint32_t bits)
{
	struct addr dst;

	bits = rebind_bits(fd, bits);
	bool moved = (bits & FD_FLOATING) && (bits & (FD_WIDE | FD_STEERED));
	if (unlikely(moved || sockets_is_opened(bits)) && owner_may_change() && readable(sa) &&
		len >= sizeof(sa_family_t) &&
		((bits & FD_STEERED) || ((const struct sockaddr *)sa)->sa_family != AF_UNSPEC))
		rebind_narrow(fd);
	int result = real.connect(fd, sa, len);

	if (result != 0 || !owner_may_change())
		return result;
	if (addr_from_sockaddr(&dst, sa, len) == 0)
		note_connect(fd, &dst);
	else
		note_disconnect(fd);
	return result;
}

HOOK(int, connect, int fd, const void *sa, socklen_t len)
{
	if (likely(page.p.mode == HOT_INERT))
		return real.connect(fd, sa, len);

	struct verdict v = VERDICT_EMPTY;
	struct trace_mark begun;
	uint32_t bits = classified(fd);
	int saved = errno, result;

	housekeeping_poke_ready();
	const struct trace_mark *mark = hook_begin(&begun, fd, NULL);
	errno = saved;
	opened_narrow(fd, bits);
	if (bits & FD_TCP)
		result = connection_connect(fd, sa, len, bits, &v);
	else
		result = bits & FD_UDP ? connect_datagram(fd, sa, len, bits) : real.connect(fd, sa, len);
	if (result == 0)
		errno = saved;
	if (unlikely(mark))
		trace_address(mark, "connect", fd, sa, len, result, &v);
	return result;
}

/* It may have come to a member of rules that came while the host waited. */
static void accepted(int listener, int fd)
{
	renew_rules();
	note_accept(listener, fd);
	if (unlikely(peer_is_met(bits_of(fd))))
		peer_connected(fd);
}

HOOK(int, accept, int fd, void *sa, socklen_t *len)
{
	if (likely(page.p.mode == HOT_INERT))
		return real.accept(fd, sa, len);

	struct trace_mark begun;

	classified(fd);
	housekeeping_poke();
	turn_end();
	const struct trace_mark *mark = hook_begin(&begun, fd, readable(len) ? len : NULL);
	int result = real.accept(fd, sa, len);
	if (result >= 0)
		accepted(fd, result);
	if (unlikely(mark))
		trace_answer(mark, "accept", fd, sa, len, -1, result, NULL);
	return result;
}

HOOK(int, accept4, int fd, void *sa, socklen_t *len, int flags)
{
	if (likely(page.p.mode == HOT_INERT))
		return real.accept4(fd, sa, len, flags);

	struct trace_mark begun;

	classified(fd);
	housekeeping_poke();
	turn_end();
	const struct trace_mark *mark = hook_begin(&begun, fd, readable(len) ? len : NULL);
	int result = real.accept4(fd, sa, len, flags);
	if (result >= 0)
		accepted(fd, result);
	if (unlikely(mark))
		trace_answer(mark, "accept4", fd, sa, len, flags, result, NULL);
	return result;
}

/* Replaces the address in an answer of the kernel; the port stays the true one. room is what the
 * host's buffer holds. */
static void rename_answer(void *sa, socklen_t *len, socklen_t room, uint32_t bits,
	const struct addr *name, bool keep_port)
{
	struct sockaddr_storage ss;
	struct addr answer = *name, truth;
	socklen_t n = *len < room ? *len : room;

	if (keep_port && addr_from_sockaddr(&truth, sa, n) == 0)
		answer.port = truth.port;
	n = addr_to_sockaddr(&answer, bits & FD_V6 ? AF_INET6 : AF_INET, &ss);
	if (!n)
		return;
	memcpy(sa, &ss, n < room ? n : room);
	*len = n;
}

/* Of a socket that the kernel was asked by which address it would use: what the host is told instead; or NULL. */
static const struct addr *probe_name(
	const struct fd_record *r, uint32_t bits, const void *sa, socklen_t n, struct verdict *v)
{
	struct sender s = {.source = &r->host_bound, .dst = &r->peer, .bits = bits};
	struct addr truth;

	v->rules = renew_rules();
	v->dst = r->peer;
	const struct addr *name = decide_probe(&this_host, v, &s);
	if (!name && (!r->host_bound.family || addr_is_any(&r->host_bound)) && addr_from_sockaddr(&truth, sa, n) == 0)
		name = decide_probe_opened(&this_host, v->rules, &truth);
	if (!renew_held(v->rules))
		return NULL;
	if (name && v->why == WHY_PROBE)
		tally_add(v, TALLY_PROBES, 1);
	return name;
}

HOOK(int, getsockname, int fd, void *sa, socklen_t *len)
{
	if (likely(page.p.mode == HOT_INERT))
		return real.getsockname(fd, sa, len);

	struct verdict v = VERDICT_EMPTY;
	struct trace_mark begun;
	uint32_t bits = classified(fd);
	const struct fd_record *r = fd >= 0 && fd < this_host.sockets.max ? record_of(fd) : NULL;
	const struct addr *name = NULL;
	socklen_t room = readable(len) ? *len : 0;

	bits = rebind_bits(fd, bits);
	housekeeping_poke_ready();
	const struct trace_mark *mark = hook_begin(&begun, fd, readable(len) ? len : NULL);
	int result = real.getsockname(fd, sa, len);
	if (result == 0 && (bits & FD_TCP) && (bits & FD_STEERED)) {
		name = r->named.family ? &r->named : NULL;
	} else if (result == 0 && (sockets_is_wide(bits) || sockets_is_opened(bits))) {
		name = r->named.family ? &r->named : NULL;
	} else if (result == 0 && (bits & FD_FLOATING) && (bits & FD_CONNECTED) &&
		!(bits & FD_STEERED) && !rules_now()->config.probe_ignore) {
		name = probe_name(r, bits, sa, *len < room ? *len : room, &v);
	}
	if (name)
		rename_answer(sa, len, room, bits, name, !sockets_is_opened(bits));
	if (unlikely(mark))
		trace_answer(mark, "getsockname", fd, sa, len, -1, result, &v);
	return result;
}

/* The option that libbond set on a listener for itself: the host is told, and given, its own. */
static bool is_borrowed(int fd, int level, int name)
{
	if (likely(page.p.mode == HOT_INERT) || (!note_is_pktinfo(level, name) && !note_is_ports(level, name)))
		return false;
	uint32_t bits = classified(fd);
	if (!(bits & FD_ARRIVALS))
		return false;
	return note_is_pktinfo(level, name) ? level == (bits & FD_V6 ? IPPROTO_IPV6 : IPPROTO_IP)
					    : record_of(fd)->ports;
}

HOOK(int, setsockopt, int fd, int level, int name, const void *value, socklen_t len)
{
	if (options_are_ours(fd, level, name))
		return options_set(fd, level, name, value, len);

	bool borrowed = is_borrowed(fd, level, name);
	int result = real.setsockopt(fd, level, name, value, len), one = 1;

	if (unlikely(page.p.mode != HOT_INERT) && result == 0)
		note_option(fd, level, name, value, len);
	if (borrowed)
		real.setsockopt(fd, level, name, &one, sizeof(one));
	return result;
}

HOOK(int, getsockopt, int fd, int level, int name, void *value, socklen_t *len)
{
	if (options_are_ours(fd, level, name))
		return options_get(fd, level, name, value, len);

	int result = real.getsockopt(fd, level, name, value, len);
	if (unlikely(level == SOL_UDP && name == UDP_GRO) && result == 0 && note_is_single(fd) && *len) {
		int own = 1;
		memcpy(value, &own, *len < sizeof(own) ? *len : sizeof(own));
	}
	if (result == 0 && is_borrowed(fd, level, name) && *len) {
		int own = note_is_ports(level, name) ? record_of(fd)->own_ports : (bits_of(fd) & FD_PKTINFO) != 0;
		memcpy(value, &own, *len < sizeof(own) ? *len : sizeof(own));
	}
	return result;
}
