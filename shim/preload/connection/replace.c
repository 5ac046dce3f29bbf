/* SPDX-License-Identifier: MIT */
/* A fresh socket under the host's number, for one whose explicit port the kernel will not let go.
 * What the host set on the old one is carried over: options, flags, epoll registrations. */
#include "preload/datagram/send.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "base/raw.h"
#include "preload/real/real.h"
#include "preload/scratch.h"
#include "preload/sockets/ask.h"

/* Younger than the oldest headers that this is built with. */
#ifndef SO_TXREHASH
#define SO_TXREHASH 74
#endif
#ifndef SO_BUF_LOCK
#define SO_BUF_LOCK 72
#endif

#define REGISTRATIONS_MAX 16

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

static void copy_options(int from, int to)
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

static void copy_device(int from, int to)
{
	char name[IFNAMSIZ];
	socklen_t n = sizeof(name);

	if (getsockopt(from, SOL_SOCKET, SO_BINDTODEVICE, name, &n) == 0 && n)
		real.setsockopt(to, SOL_SOCKET, SO_BINDTODEVICE, name, n);
}

static void copy_flags(int from, int to)
{
	struct f_owner_ex owner;
	int flags = fcntl(from, F_GETFL), signal = fcntl(from, F_GETSIG);

	if (fcntl(from, F_GETOWN_EX, &owner) == 0 && owner.pid)
		fcntl(to, F_SETOWN_EX, &owner);
	if (signal > 0)
		fcntl(to, F_SETSIG, signal);
	fcntl(to, F_SETFL, flags);
}

/* Before the fresh one has a name, or it would hear what the old one does not. False: it cannot be. */
static bool copy_filter(int from, int to)
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

struct registration {
	int epoll;
	struct epoll_event event;
};

struct registrations {
	struct registration list[REGISTRATIONS_MAX];
	int count;
	bool overflow;
};

/* "tfd: 5 events: 1d data: 5 pos:0 ..." of proc(5), /proc/PID/fdinfo */
static void read_line(struct registrations *r, int epoll, const char *line, int fd)
{
	const char *p;

	if (strncmp(line, "tfd:", 4) != 0 || strtol(line + 4, NULL, 10) != fd)
		return;
	if (r->count == REGISTRATIONS_MAX) {
		r->overflow = true;
		return;
	}
	struct registration *g = &r->list[r->count++];
	g->epoll = epoll;
	p = strstr(line, "events:");
	g->event.events = p ? (uint32_t)strtoul(p + 7, NULL, 16) : 0;
	p = strstr(line, "data:");
	g->event.data.u64 = p ? strtoull(p + 5, NULL, 16) : 0;
}

static void read_fdinfo(struct registrations *r, int epoll, int fd)
{
	char path[48] = "/proc/self/fdinfo/", digits[12], text[512];
	size_t n = 0, end = strlen(path);
	unsigned value = (unsigned)epoll;
	long got;

	do
		digits[n++] = (char)('0' + value % 10);
	while (value /= 10);
	while (n)
		path[end++] = digits[--n];
	path[end] = 0;
	int info = raw_open(path, O_RDONLY, 0);
	if (info < 0)
		return;
	while ((got = raw_read(info, text + n, sizeof(text) - 1 - n)) > 0) {
		char *line = text, *eol;
		n += (size_t)got;
		text[n] = 0;
		while ((eol = strchr(line, '\n')) != NULL) {
			*eol = 0;
			read_line(r, epoll, line, fd);
			line = eol + 1;
		}
		n = (size_t)(text + n - line);
		if (n == sizeof(text) - 1)
			n = 0; /* no line of ours is that long */
		memmove(text, line, n);
	}
	raw_close(info);
}

struct linux_dirent64 {
	uint64_t ino;
	int64_t off;
	unsigned short reclen;
	unsigned char type;
	char name[];
};

/* Finds the epoll sets that hold fd. False: /proc cannot tell. */
static bool find_registrations(struct registrations *r, int fd)
{
	char buf[2048] __attribute__((aligned(8)));
	int dir = raw_open("/proc/self/fdinfo", O_RDONLY | O_DIRECTORY, 0);
	long got;

	r->count = 0;
	r->overflow = false;
	if (dir < 0)
		return false;
	while ((got = raw_syscall(SYS_getdents64, dir, (long)buf, sizeof(buf), 0)) > 0) {
		for (long at = 0; at < got;) {
			struct linux_dirent64 *d = (struct linux_dirent64 *)(buf + at);
			if (d->name[0] >= '0' && d->name[0] <= '9')
				read_fdinfo(r, atoi(d->name), fd);
			at += d->reclen;
		}
	}
	raw_close(dir);
	return !r->overflow;
}

/* How a fresh socket gets its name. 0 or an errno. */
typedef int bind_fresh(int fd, uint32_t bits, const void *to);

static int replace(int fd, uint32_t bits, int type, bind_fresh *bind, const void *to)
{
	struct registrations r;
	int cloexec = fcntl(fd, F_GETFD), error;

	if (ask_twin(&this_host.sockets, fd) >= 0 || !find_registrations(&r, fd))
		return EBUSY;
	int fresh = real.socket(bits & FD_V6 ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, 0);
	if (fresh < 0)
		return EBUSY;
	copy_options(fd, fresh);
	copy_device(fd, fresh);
	copy_flags(fd, fresh);
	error = copy_filter(fd, fresh) ? bind(fresh, bits, to) : EBUSY;
	if (!error &&
		real.dup3(fresh, fd, cloexec & FD_CLOEXEC ? O_CLOEXEC : 0) < 0)
		error = EBUSY;
	real.close(fresh);
	for (int i = 0; !error && i < r.count; i++)
		epoll_ctl(r.list[i].epoll, EPOLL_CTL_ADD, fd, &r.list[i].event);
	return error;
}

struct source {
	const struct member *m;
	uint16_t port;
};

static int bind_source(int fd, uint32_t bits, const void *to)
{
	const struct source *s = to;

	return act_bind_source(fd, bits, s->m, s->port);
}

int act_replace(int fd, uint32_t bits, const struct member *m, uint16_t port)
{
	struct source s = {m, port};

	return replace(fd, bits, SOCK_STREAM, bind_source, &s);
}

static int bind_address(int fd, uint32_t bits, const void *to)
{
	struct sockaddr_storage ss;
	int domain = bits & FD_V6 ? AF_INET6 : AF_INET;

	return real.bind(fd, &ss, addr_to_sockaddr(to, domain, &ss)) == 0 ? 0 : errno;
}

int act_replace_datagram(int fd, uint32_t bits, const struct addr *to)
{
	int one = 1, own = 0, error;
	socklen_t len = sizeof(own);

	/* for as long as both have the port */
	getsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &own, &len);
	real.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	error = replace(fd, bits, SOCK_DGRAM, bind_address, to);
	real.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &own, sizeof(own));
	return error;
}
