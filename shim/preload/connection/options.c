/* SPDX-License-Identifier: MIT */
/* The list of the options, in the order in which they may be set. */
#include "options.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "preload/real/real.h"
#include "preload/scratch.h"

/* Younger than the oldest headers that this is built with. */
#ifndef SO_TXREHASH
#define SO_TXREHASH 74
#endif
#ifndef SO_BUF_LOCK
#define SO_BUF_LOCK 72
#endif

/* The options that a program sets before connect(); buffer sizes read back doubled (socket(7)). */
static const struct {
	int level, name;
	bool halved;
} options[] = {
	{SOL_SOCKET, SO_REUSEADDR, false}, {SOL_SOCKET, SO_REUSEPORT, false},
	{SOL_SOCKET, SO_KEEPALIVE, false}, {SOL_SOCKET, SO_LINGER, false},
	{SOL_SOCKET, SO_SNDBUF, true}, {SOL_SOCKET, SO_RCVBUF, true},
	{SOL_SOCKET, SO_SNDTIMEO, false}, {SOL_SOCKET, SO_RCVTIMEO, false},
	{SOL_SOCKET, SO_RCVLOWAT, false}, {SOL_SOCKET, SO_OOBINLINE, false},
	{SOL_SOCKET, SO_MARK, false},
	{SOL_SOCKET, SO_DONTROUTE, false}, {SOL_SOCKET, SO_TIMESTAMP, false},
	{IPPROTO_IP, IP_TOS, false}, {IPPROTO_IP, IP_TTL, false},
	{IPPROTO_IP, IP_MTU_DISCOVER, false}, {IPPROTO_IP, IP_RECVERR, false},
	{IPPROTO_IP, IP_FREEBIND, false}, {IPPROTO_IP, IP_TRANSPARENT, false},
	{IPPROTO_IPV6, IPV6_V6ONLY, false}, {IPPROTO_IPV6, IPV6_TCLASS, false},
	{SOL_SOCKET, SO_PRIORITY, false}, /* behind IP_TOS, which sets it (ip(7)) */
	{IPPROTO_IPV6, IPV6_UNICAST_HOPS, false}, {IPPROTO_IPV6, IPV6_RECVERR, false},
	{IPPROTO_TCP, TCP_NODELAY, false}, {IPPROTO_TCP, TCP_CORK, false},
	{IPPROTO_TCP, TCP_KEEPIDLE, false}, {IPPROTO_TCP, TCP_KEEPINTVL, false},
	{IPPROTO_TCP, TCP_KEEPCNT, false}, {IPPROTO_TCP, TCP_USER_TIMEOUT, false},
	{IPPROTO_TCP, TCP_SYNCNT, false}, {IPPROTO_TCP, TCP_DEFER_ACCEPT, false},
	{IPPROTO_TCP, TCP_MAXSEG, false},
	{IPPROTO_TCP, TCP_LINGER2, false}, {IPPROTO_TCP, TCP_NOTSENT_LOWAT, false},
	{IPPROTO_TCP, TCP_FASTOPEN_CONNECT, false}, {IPPROTO_TCP, TCP_CONGESTION, false},
	{IPPROTO_TCP, TCP_WINDOW_CLAMP, false}, {IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, false},
	{IPPROTO_TCP, TCP_SAVE_SYN, false}, {IPPROTO_TCP, TCP_INQ, false},
	{IPPROTO_TCP, TCP_TX_DELAY, false},
	{SOL_SOCKET, SO_MAX_PACING_RATE, false}, {SOL_SOCKET, SO_BUSY_POLL, false},
	{SOL_SOCKET, SO_TIMESTAMPNS, false}, {SOL_SOCKET, SO_TIMESTAMPING, false},
	{SOL_SOCKET, SO_ZEROCOPY, false}, {SOL_SOCKET, SO_PEEK_OFF, false},
	{SOL_SOCKET, SO_RXQ_OVFL, false}, {SOL_SOCKET, SO_SELECT_ERR_QUEUE, false},
	{SOL_SOCKET, SO_TXREHASH, false},
	{IPPROTO_IP, IP_MINTTL, false}, {IPPROTO_IP, IP_RECVTTL, false},
	{IPPROTO_IP, IP_RECVTOS, false}, {IPPROTO_IP, IP_PKTINFO, false},
	{IPPROTO_IP, IP_OPTIONS, false}, {IPPROTO_IPV6, IPV6_RECVPKTINFO, false},
	{SOL_SOCKET, SO_BUF_LOCK, false}, /* behind the buffers, which it lets be tuned again */
};

static void force_buffer(int from, int to, int name, int force)
{
	int old = 0, new = 0;
	socklen_t n = sizeof(old), m = sizeof(new);

	if (getsockopt(from, SOL_SOCKET, name, &old, &n) != 0 ||
		getsockopt(to, SOL_SOCKET, name, &new, &m) != 0 || old <= new)
		return;
	old /= 2;
	real.setsockopt(to, SOL_SOCKET, force, &old, sizeof(old));
}

void options_copy(int from, int to)
{
	/* a privileged program may have gone beyond net.core.rmem_max (socket(7)) */
	force_buffer(from, to, SO_RCVBUF, SO_RCVBUFFORCE);
	force_buffer(from, to, SO_SNDBUF, SO_SNDBUFFORCE);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		char old[64] = {0}, new[64] = {0};
		socklen_t n = sizeof(old), m = sizeof(new);
		if (getsockopt(from, options[i].level, options[i].name, old, &n) != 0 ||
			getsockopt(to, options[i].level, options[i].name, new, &m) != 0 ||
			(n == m && memcmp(old, new, n) == 0))
			continue;
		if (options[i].halved) {
			int value;
			memcpy(&value, old, sizeof(value));
			value /= 2;
			memcpy(old, &value, sizeof(value));
		}
		real.setsockopt(to, options[i].level, options[i].name, old, n);
	}
}

void options_copy_device(int from, int to)
{
	char name[IFNAMSIZ];
	socklen_t n = sizeof(name);

	if (getsockopt(from, SOL_SOCKET, SO_BINDTODEVICE, name, &n) == 0 && n)
		real.setsockopt(to, SOL_SOCKET, SO_BINDTODEVICE, name, n);
}

void options_copy_flags(int from, int to)
{
	struct f_owner_ex owner;
	int flags = fcntl(from, F_GETFL), signal = fcntl(from, F_GETSIG);

	if (fcntl(from, F_GETOWN_EX, &owner) == 0 && owner.pid)
		fcntl(to, F_SETOWN_EX, &owner);
	if (signal > 0)
		fcntl(to, F_SETSIG, signal);
	fcntl(to, F_SETFL, flags);
}

bool options_copy_filter(int from, int to)
{
	socklen_t count = 0;

	if (getsockopt(from, SOL_SOCKET, SO_GET_FILTER, NULL, &count) != 0 || count == 0)
		return true;
	struct scratch *scratch = count > BPF_MAXINSNS ? NULL : scratch_wait();
	if (!scratch)
		return false;
	struct sock_fprog prog = {(unsigned short)count, (void *)scratch->bytes};
	bool done = getsockopt(from, SOL_SOCKET, SO_GET_FILTER, scratch->bytes, &count) == 0 &&
		real.setsockopt(to, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) == 0;
	scratch_give(scratch);
	return done;
}
