/* SPDX-License-Identifier: MIT */
/* Keeps the descriptor table. Written by the rare hooks (socket, bind, close, ...), read by sends. */
#include "note.h"

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "preload/datagram/rebind.h"
#include "core/listeners.h"
#include "core/hears.h"
#include "base/raw.h"
#include "preload/real/real.h"
#include "segment/area.h"
#include "segment/choices.h"
#include "segment/streams.h"
#include "preload/datagram/fast.h"

_Atomic uint32_t fd_bits[FD_MAX];
struct fd_record *fd_records;
int fd_max;

static _Atomic int top = -1; /* highest number ever known: bounds the loops */
static uint16_t ephemeral_low = 32768, ephemeral_high = 60999;

/* Holds the pid of the process whose table this is. The kernel zeroes the page in a forked child,
 * whatever call forked it; a vfork child shares it and finds a pid that is not its own. */
static _Atomic pid_t owner_fallback; /* until fds_init() too: a hook may run before it */
static _Atomic pid_t *owner = &owner_fallback;

/* Of fork(): the child's own child by vfork could be the first to come by. */
static void after_fork(void)
{
	atomic_store(owner, getpid());
}

void fds_init(void)
{
	struct rlimit limit;
	char text[64];
	long page = sysconf(_SC_PAGESIZE);
	void *p = mmap(NULL, (size_t)page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p != MAP_FAILED && madvise(p, (size_t)page, MADV_WIPEONFORK) == 0) {
		owner = p;
	} else {
		owner = &owner_fallback;
	}
	atomic_store(owner, getpid());
	pthread_atfork(NULL, NULL, after_fork);

	/* as many as the host can ever have: memory is taken only for those that it uses */
	fd_max = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max < FD_MAX
		? (int)limit.rlim_max
		: FD_MAX;
	for (p = MAP_FAILED; fd_max >= 1024; fd_max /= 2) {
		p = mmap(NULL, sizeof(*fd_records) * (size_t)fd_max, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (p != MAP_FAILED)
			break;
	}
	fd_records = p == MAP_FAILED ? NULL : p;
	if (!fd_records)
		fd_max = 0;

	int fd = raw_open("/proc/sys/net/ipv4/ip_local_port_range", 0, 0);
	long n = fd >= 0 ? raw_read(fd, text, sizeof(text) - 1) : -1;
	if (fd >= 0)
		raw_close(fd);
	if (n > 0) {
		char *end;
		text[n] = 0;
		long low = strtol(text, &end, 10), high = strtol(end, NULL, 10);
		if (low > 0 && high >= low && high <= UINT16_MAX) {
			ephemeral_low = (uint16_t)low;
			ephemeral_high = (uint16_t)high;
		}
	}
}

bool fds_port_is_ephemeral(uint16_t port)
{
	return port >= ephemeral_low && port <= ephemeral_high;
}

_Thread_local bool fds_foreign;

/* Not of fork(): _Fork() or a bare system call made this process, or it is the vfork child of one that
 * was made so and has not come by itself. */
static __attribute__((noinline)) bool take_over(pid_t self)
{
	const int same_memory = 1; /* KCMP_VM; refused or not there: then it was a fork, most likely */

	if (raw_syscall(SYS_kcmp, self, getppid(), same_memory, 0) == 0)
		return false;
	atomic_store(owner, self);
	segment_join();
	return true;
}

pid_t fds_may_change(void)
{
	if (fds_foreign)
		return 0;

	pid_t self = getpid(), known = atomic_load_explicit(owner, memory_order_relaxed);

	if (known == self)
		return self;
	return known == 0 && take_over(self) ? self : 0;
}

int fds_top(void)
{
	return atomic_load_explicit(&top, memory_order_relaxed);
}

/* Whether decisions may depend on a socket with that word: it sent SIP, or carries members. Those that
 * come and go with each call, for media and to ask the kernel for an address, do not. */
static bool matters(uint32_t bits)
{
	return (bits & FD_UDP) && ((bits & FD_SIP) || fds_listener(bits) >= 0);
}

static void store(int fd, uint32_t bits)
{
	int t = atomic_load_explicit(&top, memory_order_relaxed);

	while (t < fd && !atomic_compare_exchange_weak(&top, &t, fd))
		;
	uint32_t before = atomic_exchange(&fd_bits[fd], bits);
	if (matters(before) || matters(bits))
		fast_outdate();
}

/* The caller has asked fds_may_change(), and whether there is such a number. */
static void forget(int fd)
{
	uint32_t bits = fds_peek(fd);

	if (!bits)
		return;
	atomic_store_explicit(&fd_bits[fd], 0, memory_order_release);
	if ((bits & FD_LISTENER) && (bits & FD_UDP))
		hears_remove(&fd_records[fd].local);
	if (fds_listener(bits) >= 0)
		listeners_fd_gone(fds_listener(bits), fd);
	if (matters(bits))
		fast_outdate();
}

void fds_forget(int fd)
{
	if (fds_peek(fd) && fd >= 0 && fd < fd_max && fds_may_change())
		forget(fd);
}

void fds_forget_range(unsigned first, unsigned last)
{
	int t = atomic_load(&top);

	if (t < 0 || first > (unsigned)t || !fds_may_change())
		return;
	for (unsigned fd = first; fd <= (unsigned)t && fd <= last; fd++)
		forget((int)fd);
}

void fds_change(int fd, uint32_t clear, uint32_t set)
{
	if (fd < 0 || fd >= fd_max)
		return;
	uint32_t bits = fds_peek(fd);
	while (bits && !atomic_compare_exchange_weak(&fd_bits[fd], &bits, (bits & ~clear) | set))
		;
	if (matters(bits) || ((bits & FD_UDP) && fds_listener(set) >= 0))
		fast_outdate();
}

void fds_mark(int fd, uint32_t set)
{
	if (fd < 0 || fd >= fd_max || !fds_may_change())
		return;
	uint32_t bits = fds_peek(fd);
	while (bits && !atomic_compare_exchange_weak(&fd_bits[fd], &bits, bits | set))
		;
}

bool fds_begin_move(int fd)
{
	for (int i = 0; i < 500; i++) {
		uint32_t bits = fds_peek(fd);
		if (!(bits & FD_MOVING) &&
			atomic_compare_exchange_strong(&fd_bits[fd], &bits, bits | FD_MOVING))
			return true;
		raw_syscall(SYS_sched_yield, 0, 0, 0, 0);
	}
	return false;
}

bool fds_was_taken(int fd)
{
	int type, saved = errno;
	socklen_t len = sizeof(type);
	bool taken = real.getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) != 0 && errno == ENOTSOCK;

	if (taken)
		fds_forget(fd);
	errno = saved;
	return taken;
}

void fds_copy(int from, int to)
{
	uint32_t bits = fds_peek(from);

	if (to < 0 || to >= fd_max || from == to || (!bits && !fds_peek(to)) || !fds_may_change())
		return;
	forget(to);
	if (!bits || from < 0 || from >= fd_max)
		return;
	fd_records[to] = fd_records[from];
	if ((bits & FD_LISTENER) && (bits & FD_UDP))
		hears_add(&fd_records[to].local);
	store(to, bits & ~(uint32_t)FD_MOVING);
}

int fds_find_listener(int n, int except)
{
	int t = atomic_load(&top);

	for (int fd = 0; fd <= t; fd++) {
		if (fd != except && fds_listener(fds_peek(fd)) == n)
			return fd;
	}
	return -1;
}

int fds_find_twin(int fd)
{
	uint64_t mine, other;
	socklen_t len = sizeof(mine);
	int t = atomic_load(&top);

	if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &mine, &len) != 0)
		return -1;
	for (int i = 0; i <= t; i++) {
		len = sizeof(other);
		if (i != fd && (fds_peek(i) & (FD_TCP | FD_UDP)) &&
			getsockopt(i, SOL_SOCKET, SO_COOKIE, &other, &len) == 0 && other == mine)
			return i;
	}
	return -1;
}

static uint32_t kind(int domain, int type, int protocol)
{
	uint32_t family = domain == AF_INET6 ? FD_V6 : 0;

	type &= ~(SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (domain != AF_INET && domain != AF_INET6)
		return FD_OTHER;
	if (type == SOCK_DGRAM && (protocol == 0 || protocol == IPPROTO_UDP))
		return FD_UDP | family;
	if (type == SOCK_STREAM && (protocol == 0 || protocol == IPPROTO_TCP))
		return FD_TCP | family;
	return FD_OTHER;
}

static bool is_v6only(int fd)
{
	int value = 0;
	socklen_t len = sizeof(value);

	return getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &value, &len) == 0 && value;
}

static int option(int fd, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, name, &value, &len) == 0 ? value : -1;
}

bool fds_local_name(int fd, struct addr *a)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	memset(a, 0, sizeof(*a));
	return real.getsockname(fd, &ss, &len) == 0 && addr_from_sockaddr(a, &ss, len) == 0;
}

static uint32_t listener_bits(int fd, uint32_t bits)
{
	int one = 1, n = listeners_add(fd, &fd_records[fd].local, bits & FD_UDP,
		(bits & FD_V6) && is_v6only(fd), bits & FD_SEEN);
	uint32_t more = (uint32_t)(n + 1) << FD_LISTENER_SHIFT;

	/* A wildcard that carries members: a response has to leave from the address that its request
	 * came to (RFC 3261 18.2.2 says where to, not where from). */
	if (n < 0 || !(bits & FD_UDP) || !listeners_needs_arrivals(n))
		return more;
	if (bits & FD_V6)
		real.setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &one, sizeof(one));
	else
		real.setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one));
	return more | FD_ARRIVALS;
}

/* The bits of a socket bound to an explicit port, which may carry members from now on. */
static uint32_t listen_bits(int fd, uint32_t bits, bool seen)
{
	const struct addr *local = &fd_records[fd].local;
	bool datagram = bits & FD_UDP;
	uint32_t more = FD_LISTENER | (seen ? FD_SEEN : 0);

	if (datagram)
		hears_add(local);

	/* A media server binds thousands of RTP ports: only SIP's are worth a slot. */
	if (datagram && !listeners_is_sip_port(local->port))
		return more;
	return more | listener_bits(fd, bits | more);
}

uint32_t fds_classify(int fd)
{
	int saved = errno;
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	uint32_t bits;

	if (fd < 0 || fd >= fd_max)
		return FD_OTHER;
	int domain = option(fd, SO_DOMAIN);
	if (domain < 0 && errno != ENOTSOCK) {
		errno = saved;
		return FD_OTHER; /* EBADF: not remembered, the number may be opened any time */
	}
	bits = domain < 0 ? FD_OTHER : kind(domain, option(fd, SO_TYPE), option(fd, SO_PROTOCOL));
	if (!fds_may_change()) {
		errno = saved;
		return FD_OTHER;
	}
	if (bits != FD_OTHER) {
		struct fd_record *r = &fd_records[fd];
		memset(r, 0, sizeof(*r));
		fds_local_name(fd, &r->local);
		if (getpeername(fd, (struct sockaddr *)&ss, &len) == 0 &&
			addr_from_sockaddr(&r->peer, &ss, len) == 0)
			bits |= FD_CONNECTED;
		if (bits & FD_TCP) {
			if (option(fd, SO_ACCEPTCONN) > 0)
				bits |= listen_bits(fd, bits, false);
			else if ((bits & FD_CONNECTED) && shared_find_name(fd, &r->named))
				bits |= FD_STEERED;
		} else if (r->local.port == 0 || fds_port_is_ephemeral(r->local.port)) {
			bits |= FD_FLOATING | (client_is_wide(fd) ? FD_WIDE | FD_ARRIVALS : 0);
		} else {
			bits |= listen_bits(fd, bits, false);
		}
	}
	store(fd, bits);
	errno = saved;
	return bits;
}

void fds_note_socket(int fd, int domain, int type, int protocol)
{
	if (fd < 0 || fd >= fd_max || !fds_may_change())
		return;
	forget(fd); /* whatever it was, it ended unseen */
	uint32_t bits = kind(domain, type, protocol);
	if (bits & FD_UDP)
		bits |= FD_FLOATING;
	if (bits != FD_OTHER)
		memset(&fd_records[fd], 0, sizeof(fd_records[fd]));
	store(fd, bits | FD_SEEN);
}

void fds_note_bind(int fd, const void *sa, socklen_t len)
{
	struct addr a;
	uint32_t bits = fds_peek(fd);

	if (!(bits & (FD_UDP | FD_TCP)) || addr_from_sockaddr(&a, sa, len) != 0 || !fds_may_change())
		return;
	struct fd_record *r = &fd_records[fd];
	r->host_bound = a;
	r->local = a;
	if ((bits & FD_UDP) && a.port)
		bits = (bits & ~(uint32_t)FD_FLOATING) | listen_bits(fd, bits, true);
	store(fd, bits);
}

void fds_note_listen(int fd)
{
	uint32_t bits = fds_peek(fd);

	if (!(bits & FD_TCP) || (bits & FD_LISTENER) || !fds_may_change())
		return;
	fds_local_name(fd, &fd_records[fd].local);
	store(fd, bits | listen_bits(fd, bits, true));
}

void fds_note_accept(int listener, int fd)
{
	uint32_t bits = fds_peek(listener);

	if (fd < 0 || fd >= fd_max || !fds_may_change())
		return;
	forget(fd);
	if (!(bits & FD_TCP))
		return;
	memset(&fd_records[fd], 0, sizeof(fd_records[fd]));
	fd_records[fd].local = fd_records[listener].local;
	store(fd, (bits & (FD_TCP | FD_V6)) | FD_ACCEPTED | FD_SEEN | FD_CONNECTED);
}

/* connect() gives a wildcard listener one address, and AF_UNSPEC takes it away: it carries other
 * members from then on. */
static void move_listener(int fd, const struct addr *local)
{
	uint32_t bits = fds_peek(fd);

	forget(fd);
	fd_records[fd].local = *local;
	bits &= ~(UINT32_MAX << FD_LISTENER_SHIFT);
	store(fd, bits | listen_bits(fd, bits, bits & FD_SEEN));
}

/* The same socket becomes another connection. */
static void forget_stream(int fd)
{
	stream_state_drop(stream_key(fd_records[fd].cookie, false));
	stream_state_drop(stream_key(fd_records[fd].cookie, true));
}

void fds_note_connect(int fd, const struct addr *peer)
{
	struct addr now;
	uint32_t bits = fds_peek(fd);

	if (fd < 0 || fd >= fd_max)
		return;
	fd_records[fd].peer = *peer;
	if (bits & FD_STREAM)
		forget_stream(fd);
	if ((bits & FD_UDP) && (bits & FD_LISTENER) && addr_is_any(&fd_records[fd].local)) {
		fds_local_name(fd, &now);
		move_listener(fd, &now);
	}
	fds_change(fd, bits & FD_TCP ? FD_STREAM | FD_PLAIN : 0, FD_CONNECTED);
}

void fds_note_disconnect(int fd)
{
	if (fd < 0 || fd >= fd_max)
		return;
	struct fd_record *r = &fd_records[fd];
	uint32_t bits = fds_peek(fd);

	memset(&r->peer, 0, sizeof(r->peer));
	if ((bits & FD_UDP) && (bits & FD_LISTENER) && r->host_bound.family &&
		addr_is_any(&r->host_bound))
		move_listener(fd, &r->host_bound);
	if (bits & FD_STREAM)
		forget_stream(fd);
	fds_change(fd, FD_CONNECTED | (bits & FD_TCP ? FD_STREAM | FD_PLAIN : 0), 0);
}

void fds_note_sip(int fd)
{
	uint32_t bits = fds_peek(fd), more = FD_SIP;

	if (fd < 0 || fd >= fd_max || !fds_may_change())
		return;
	if ((bits & FD_UDP) && (bits & FD_LISTENER) && fds_listener(bits) < 0)
		more |= listener_bits(fd, bits);
	fds_change(fd, 0, more);
}

void fds_note_option(int fd, int level, int name, const void *value, socklen_t len)
{
	bool mark = level == SOL_SOCKET && name == SO_MARK;
	bool pktinfo = fds_is_pktinfo(level, name);
	bool tos = (level == IPPROTO_IP && name == IP_TOS) ||
		(level == IPPROTO_IPV6 && name == IPV6_TCLASS);

	if ((!mark && !tos && !pktinfo) || !value || len < sizeof(uint32_t) ||
		!(fds_get(fd) & (FD_UDP | FD_TCP)) || !fds_may_change())
		return;
	if (pktinfo) {
		int wanted;
		memcpy(&wanted, value, sizeof(wanted));
		fds_change(fd, wanted ? 0 : FD_PKTINFO, wanted ? FD_PKTINFO : 0);
		return;
	}
	memcpy(mark ? &fd_records[fd].marks.mark : &fd_records[fd].marks.tos, value,
		sizeof(uint32_t));
	if (matters(fds_peek(fd)))
		fast_outdate();
}
