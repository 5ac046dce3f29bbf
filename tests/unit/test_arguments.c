/* SPDX-License-Identifier: MIT */
/* trace/{arguments,addresses,messages,constants}: the same calls, made by this process, as the trace and as strace print them. */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/older.h"
#include "preload/process.h"
#include "trace_log.h"

TestSuite(arguments, .init = make_folder, .fini = remove_folder);

/* ---- calls, made and traced as the hooks do ---- */

#define TRACED(fd, length, call, print) \
	do { \
		struct trace_mark m; \
		trace_begin_call(&m, fd, length); \
		long ret = call; \
		int error = errno; \
		print; \
		cr_assert(ret != -1 || errno == error, "errno is not kept"); \
		(void)error; \
		last = ret; \
	} while (0)

static long last;

static void do_sendto(int fd, const void *buf, size_t n, int flags, const void *to, socklen_t len)
{
	TRACED(fd, NULL, syscall(SYS_sendto, fd, buf, n, flags, to, len),
		trace_send(&m, "sendto", fd, buf, n, flags, to, len, ret, NULL));
}

static void do_send(int fd, const void *buf, size_t n, int flags)
{
	TRACED(fd, NULL, syscall(SYS_sendto, fd, buf, n, flags, NULL, 0),
		trace_send(&m, "send", fd, buf, n, flags, NULL, 0, ret, NULL));
}

static void do_write(int fd, const void *buf, size_t n)
{
	TRACED(fd, NULL, syscall(SYS_write, fd, buf, n),
		trace_write(&m, fd, buf, n, ret, NULL));
}

static void do_writev(int fd, const struct iovec *iov, int n)
{
	TRACED(fd, NULL, syscall(SYS_writev, fd, iov, n),
		trace_writev(&m, fd, iov, n, ret, NULL));
}

static void do_sendmsg(int fd, const struct msghdr *msg, int flags)
{
	TRACED(fd, NULL, syscall(SYS_sendmsg, fd, msg, flags),
		trace_sendmsg(&m, fd, msg, flags, ret, NULL));
}

static void do_sendmmsg(int fd, struct mmsghdr *msgs, unsigned n, int flags)
{
	TRACED(fd, NULL, syscall(SYS_sendmmsg, fd, msgs, n, flags),
		trace_sendmmsg(&m, fd, msgs, n, flags, ret, NULL));
}

static void do_connect(int fd, const void *sa, socklen_t len)
{
	TRACED(fd, NULL, syscall(SYS_connect, fd, sa, len),
		trace_address(&m, "connect", fd, sa, len, ret, NULL));
}

static void do_bind(int fd, const void *sa, socklen_t len)
{
	TRACED(fd, NULL, syscall(SYS_bind, fd, sa, len),
		trace_address(&m, "bind", fd, sa, len, ret, NULL));
}

static void do_getsockname(int fd, void *sa, socklen_t *len)
{
	TRACED(fd, len, syscall(SYS_getsockname, fd, sa, len),
		trace_answer(&m, "getsockname", fd, sa, len, -1, ret, NULL));
}

static void know(int fd);

static void do_accept(int fd, void *sa, socklen_t *len)
{
	TRACED(fd, len, syscall(SYS_accept, fd, sa, len),
		(know((int)ret), trace_answer(&m, "accept", fd, sa, len, -1, ret, NULL)));
}

static void do_accept4(int fd, void *sa, socklen_t *len, int flags)
{
	TRACED(fd, len, syscall(SYS_accept4, fd, sa, len, flags),
		(know((int)ret), trace_answer(&m, "accept4", fd, sa, len, flags, ret, NULL)));
}

static void do_socket(int domain, int type, int protocol)
{
	TRACED(-1, NULL, syscall(SYS_socket, domain, type, protocol),
		trace_socket(&m, domain, type, protocol, ret));
}

static void do_close(int fd)
{
	TRACED(fd, NULL, syscall(SYS_close, fd), trace_numbers(&m, "close", fd, NULL, 0, ret));
	if (fd >= 0)
		this_host.sockets.bits[fd] = 0;
}

static void do_dup(int fd)
{
	TRACED(fd, NULL, syscall(SYS_dup, fd),
		(know((int)ret), trace_numbers(&m, "dup", fd, NULL, 0, ret)));
}

static void do_dup3(int fd, int to, int flags)
{
	const long numbers[] = {to, flags};

	TRACED(fd, NULL, syscall(SYS_dup3, fd, to, flags),
		(know((int)ret), trace_numbers(&m, "dup3", fd, numbers, 2, ret)));
}

static void do_fcntl(int fd, int command, int arg)
{
	const long numbers[] = {command, arg};

	TRACED(fd, NULL, syscall(SYS_fcntl, fd, command, arg),
		(know((int)ret), trace_numbers(&m, "fcntl", fd, numbers, 2, ret)));
}

static void do_listen(int fd, int backlog)
{
	const long numbers[] = {backlog};

	TRACED(fd, NULL, syscall(SYS_listen, fd, backlog),
		trace_numbers(&m, "listen", fd, numbers, 1, ret));
}

static void do_close_range(unsigned first, unsigned end, unsigned flags)
{
	const long numbers[] = {end, flags};

	TRACED(-1, NULL, syscall(SYS_close_range, first, end, flags),
		trace_numbers(&m, "close_range", (int)first, numbers, 2, ret));
}

/* ---- sockets, entered into the table as the hooks would ---- */

#define KNOW_ROOM 127 /* by this strace's lines of these calls are told apart */

static void know(int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = KNOW_ROOM;
	int type = 0, error = errno;
	socklen_t size = sizeof(type);

	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size)) {
		errno = error;
		return;
	}
	uint32_t word = type == SOCK_DGRAM ? FD_UDP : FD_TCP;
	cr_assert(syscall(SYS_getsockname, fd, &ss, &len) == 0);
	if (ss.ss_family != AF_INET && ss.ss_family != AF_INET6) {
		errno = error;
		return;
	}
	if (ss.ss_family == AF_INET6)
		word |= FD_V6;
	addr_from_sockaddr(&record_of(fd)->local, &ss, len);
	len = KNOW_ROOM;
	if (getpeername(fd, (void *)&ss, &len) == 0) {
		addr_from_sockaddr(&record_of(fd)->peer, &ss, len);
		word |= FD_CONNECTED;
	}
	this_host.sockets.bits[fd] = word;
	errno = error;
}

static int make_socket(int domain, int type, const char *bound, const char *connected)
{
	struct sockaddr_storage ss;
	struct addr a;
	int fd = socket(domain, type, 0);

	cr_assert(fd >= 0);
	if (bound) {
		cr_assert(addr_parse(&a, bound, strlen(bound)) == 0);
		cr_assert(bind(fd, (void *)&ss, addr_to_sockaddr(&a, domain, &ss)) == 0);
	}
	if (connected) {
		cr_assert(addr_parse(&a, connected, strlen(connected)) == 0);
		cr_assert(connect(fd, (void *)&ss, addr_to_sockaddr(&a, domain, &ss)) == 0);
	}
	know(fd);
	return fd;
}

/* ---- the oracle ---- */

static char edge_area[2 * 4096] __attribute__((aligned(4096)));
static const char sip[] = "INVITE sip:b@carrier1.com SIP/2.0\r\nVia: SIP/2.0/UDP 10.10.0.3\r\n";
static const char odd[] = "a\tb\v\f\r\n\"\\\1\0019\0018\377\200\0\0007\177\33[1m\0";

static const struct {
	const char *text;
	size_t n;
} strings[] = {{sip, 0}, {sip, 1}, {sip, 31}, {sip, 32}, {sip, 33}, {sip, sizeof(sip) - 1},
	{odd, sizeof(odd) - 1}, {odd + 8, 7}, {odd + 9, 7}, {odd + 10, 7}, {NULL, 0}, {NULL, 5},
	{(void *)8, 5}, {(void *)8, 0}, {(void *)-8L, 20}};

static const int message_flags[] = {0, MSG_DONTWAIT, MSG_NOSIGNAL, MSG_DONTWAIT | MSG_NOSIGNAL,
	MSG_CONFIRM | MSG_MORE | 0x8000000, 0x100000, MSG_OOB | MSG_PEEK | MSG_DONTROUTE | MSG_CTRUNC,
	MSG_PROXY | MSG_TRUNC | MSG_EOR | MSG_WAITALL, MSG_FIN | MSG_SYN | MSG_RST | MSG_ERRQUEUE,
	MSG_WAITFORONE | MSG_BATCH | MSG_ZEROCOPY | MSG_FASTOPEN, MSG_CMSG_CLOEXEC,
	~0x2000000 /* strace may know MSG_SOCK_DEVMEM */};

static void addresses(int udp, int udp6, int spare)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(5060),
		.sin_addr.s_addr = htonl(0x7f000001)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(5061),
		.sin6_flowinfo = htonl(7), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "/tmp/a \"b\"\n"};
	static const int short_lengths[] = {-1, 0, 1, 2, 3, 4, 8, 15};
	static const int v6_lengths[] = {2, 8, 23, 24, 25, 27, 28, 100, 128};
	union {
		struct sockaddr_storage ss;
		char bytes[256];
	} u;

	memset(&u, 0, sizeof(u));
	memcpy(&u, &v4, sizeof(v4));
	for (size_t i = 0; i < COUNT(short_lengths); i++)
		do_sendto(udp, sip, 9, 0, &u, (socklen_t)short_lengths[i]);
	do_sendto(udp, sip, 9, 0, &u, 16);
	do_sendto(udp, sip, 9, 0, &u, 28);
	do_sendto(udp, sip, 9, 0, &u, 128);
	do_sendto(udp, sip, 9, 0, &u, 200);
	do_sendto(udp, sip, 9, 0, NULL, 16);
	do_sendto(udp, sip, 9, 0, (void *)8, 16);
	do_sendto(udp, sip, 9, 0, edge_area + 4096 - 8, 16);
	u.ss.ss_family = AF_UNSPEC;
	do_connect(spare, &u, 16);
	do_connect(spare, &u, 2);
	u.ss.ss_family = 99;
	do_connect(spare, &u, 20);
	u.ss.ss_family = AF_APPLETALK;
	do_connect(spare, &u, 20);
	memcpy(&u, &v6, sizeof(v6));
	for (size_t i = 0; i < COUNT(v6_lengths); i++)
		do_sendto(udp6, sip, 9, 0, &u, (socklen_t)v6_lengths[i]);
	do_connect(udp6, NULL, 0);
	do_connect(udp6, &u, 0);
	v6.sin6_addr = (struct in6_addr){{{[10] = 0xff, [11] = 0xff, 127, 0, 0, 1}}};
	do_sendto(udp6, sip, 9, 0, &v6, 28);
	v6.sin6_addr = (struct in6_addr){{{0x20, 1, 0xd, 0xb8, [9] = 1, [15] = 9}}};
	v6.sin6_scope_id = 99999;
	do_sendto(udp6, sip, 9, 0, &v6, 28);
	v6.sin6_addr = (struct in6_addr){{{0x20, 1, 0, 0, 0, 3, 0, 4, 0, 0, 0, 6, 0, 7, 0, 8}}};
	do_sendto(udp6, sip, 9, 0, &v6, 28);
	do_connect(spare, &un, sizeof(un));
	do_connect(spare, &un, 6);
	do_connect(spare, &un, 2);
	un.sun_path[0] = '\0';
	do_connect(spare, &un, 9);
	do_connect(spare, &un, 40);
}

static struct cmsghdr *control_of(struct msghdr *m, int level, int type, size_t n)
{
	m->msg_controllen = CMSG_SPACE(n);
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(n);
	return c;
}

static void messages(int udp, int udp6, int pair)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(5062),
		.sin_addr.s_addr = htonl(0x7f000001)};
	union {
		struct cmsghdr head;
		char bytes[256];
	} control;
	struct iovec iov[40] = {{(void *)(uintptr_t)sip, 50}, {"hello", 5}, {NULL, 0}, {(void *)8, 7}};
	struct msghdr m = {.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = iov, .msg_iovlen = 1};
	struct mmsghdr mm[2];
	struct in_pktinfo info = {.ipi_ifindex = 99999, .ipi_spec_dst.s_addr = htonl(0x7f000001)};

	memset(&control, 0, sizeof(control));
	do_sendmsg(udp, &m, 0);
	m.msg_iovlen = 3;
	m.msg_flags = MSG_TRUNC;
	do_sendmsg(udp, &m, MSG_NOSIGNAL);
	m.msg_flags = 0;
	m.msg_iovlen = 4;
	do_sendmsg(udp, &m, 0);
	m.msg_iovlen = 0;
	do_sendmsg(udp, &m, 0);
	m.msg_iov = NULL;
	m.msg_name = NULL;
	m.msg_namelen = 0;
	do_sendmsg(udp, &m, 0);
	m.msg_iov = (void *)8;
	m.msg_iovlen = 2;
	do_sendmsg(udp, &m, 0);
	m.msg_iov = iov;
	m.msg_iovlen = 1;
	m.msg_namelen = (socklen_t)-1;
	m.msg_name = &to;
	do_sendmsg(udp, &m, 0);
	m.msg_namelen = 4;
	do_sendmsg(udp, &m, 0);
	m.msg_namelen = sizeof(to);
	do_sendmsg(udp, NULL, 0);
	do_sendmsg(udp, (void *)8, 0);
	do_sendmsg(udp, (void *)(edge_area + 4096 - 16), 0);

	m.msg_control = &control;
	memcpy(CMSG_DATA(control_of(&m, SOL_IP, IP_PKTINFO, sizeof(info))), &info, sizeof(info));
	do_sendmsg(udp, &m, 0);
	control_of(&m, SOL_IPV6, IPV6_PKTINFO, sizeof(struct in6_pktinfo));
	do_sendmsg(udp6, &m, 0);
	memcpy(CMSG_DATA(control_of(&m, SOL_IP, IP_TTL, sizeof(int))), &(int){64}, sizeof(int));
	do_sendmsg(udp, &m, 0);
	control_of(&m, 77, 3, 4);
	do_sendmsg(udp, &m, 0);
	control_of(&m, IPPROTO_UDP, 103, 2);
	do_sendmsg(udp, &m, 0);
	control.head.cmsg_len = 200;
	do_sendmsg(udp, &m, 0);
	m.msg_controllen = 5;
	do_sendmsg(udp, &m, 0);
	m.msg_control = (void *)8;
	do_sendmsg(udp, &m, 0);
	m.msg_controllen = 80;
	do_sendmsg(udp, &m, 0);
	m.msg_control = NULL;
	do_sendmsg(udp, &m, 0);
	m.msg_control = &control;
	m.msg_name = NULL;
	m.msg_namelen = 0;
	((int *)CMSG_DATA(control_of(&m, SOL_SOCKET, SCM_RIGHTS, 2 * sizeof(int))))[0] = udp;
	((int *)CMSG_DATA(&control.head))[1] = udp6;
	do_sendmsg(pair, &m, 0);
	struct ucred id = {getpid(), getuid(), getgid()};
	memcpy(CMSG_DATA(control_of(&m, SOL_SOCKET, SCM_CREDENTIALS, sizeof(id))), &id, sizeof(id));
	do_sendmsg(pair, &m, 0);

	m = (struct msghdr){.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = iov,
		.msg_iovlen = 1};
	mm[0] = mm[1] = (struct mmsghdr){.msg_hdr = m};
	do_sendmmsg(udp, mm, 1, MSG_DONTWAIT);
	do_sendmmsg(udp, mm, 0, 0);
	do_sendmmsg(-1, mm, 1, 0);
	do_sendmmsg(udp, NULL, 3, 0);
	do_sendmmsg(udp, (void *)8, 3, 0);
	mm[1].msg_hdr.msg_iov = iov + 3;
	mm[0].msg_hdr.msg_iov = iov + 1;
	do_sendmmsg(udp, mm, 2, 0);

	do_writev(udp, iov, 3);
	do_writev(udp, iov, 0);
	do_writev(udp, NULL, 3);
	do_writev(udp, (void *)8, 3);
	do_writev(udp, (void *)(edge_area + 4096 - 16), 2);
	for (size_t i = 0; i < COUNT(iov); i++)
		iov[i] = (struct iovec){NULL, 0};
	iov[0] = (struct iovec){(void *)(uintptr_t)sip, 5};
	do_writev(udp, iov, 8);
}

static void streams(int listener, int *clients)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	do_listen(listener, 5);
	do_listen(-1, -5);
	do_getsockname(listener, &ss, &len);
	do_getsockname(listener, &ss, &len);
	len = 4;
	do_getsockname(listener, &ss, &len);
	len = 2;
	do_getsockname(listener, &ss, &len);
	len = 0;
	do_getsockname(listener, &ss, &len);
	len = (socklen_t)-1;
	do_getsockname(listener, &ss, &len);
	do_getsockname(listener, &ss, NULL);
	do_getsockname(listener, &ss, (void *)8);
	len = 16;
	do_getsockname(-1, &ss, &len);
	do_accept(listener, NULL, NULL);
	int accepted = (int)last;
	do_send(accepted, "hello", 5, MSG_NOSIGNAL);
	do_write(accepted, "hello", 5);
	do_accept4(listener, &ss, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);
	do_dup((int)last);
	do_close((int)last);
	len = 2;
	do_accept4(listener, &ss, &len, 0);
	do_accept4(listener, &ss, &len, SOCK_NONBLOCK);
	do_accept4(listener, NULL, NULL, 0x1000);
	do_accept4(listener, NULL, NULL, SOCK_CLOEXEC | 3);
	do_send(clients[0], sip, 40, 0);
	do_write(clients[1], sip, 40);
	do_connect(clients[0], &ss, 16);
}

static void numbers(int udp)
{
	do_dup3(udp, 200, 0);
	do_dup3(udp, 201, O_CLOEXEC);
	do_dup3(udp, 202, 1);
	do_dup3(udp, 202, O_CLOEXEC | O_NONBLOCK);
	do_dup3(udp, -1, O_CLOEXEC | 0x40000000);
	do_dup3(-1, 203, 0);
	do_dup(-5);
	do_fcntl(udp, F_DUPFD, 300);
	do_fcntl(udp, F_DUPFD_CLOEXEC, 300);
	do_fcntl(udp, F_DUPFD_CLOEXEC, -1);
	do_close(201);
	do_close(201);
	do_close(-1);
	do_close_range(3000000000u, 3000000001u, 0);
	do_close_range(3000000000u, ~0u, 4);
	do_close_range(400, 300, 6);
	do_close_range(3000000000u, ~0u, 0x46);
	do_close_range(3000000000u, ~0u, 0x40);
	static const int sockets[][3] = {{AF_INET, SOCK_DGRAM, 0}, {AF_INET, SOCK_STREAM, IPPROTO_TCP},
		{AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDP},
		{AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0},
		{AF_INET, SOCK_STREAM, IPPROTO_SCTP}, {AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP},
		{AF_INET, SOCK_STREAM, 262}, {AF_UNIX, SOCK_STREAM, 0}, {AF_UNIX, SOCK_DGRAM, 6},
		{AF_INET, SOCK_RAW, 300}, {AF_INET, SOCK_DGRAM, -1}, {AF_UNSPEC, 0, 0}, {99, 1234567, 77},
		{-1, -1, -1}, {AF_INET, 0x12345, 17}, {AF_INET, SOCK_CLOEXEC, 0}, {AF_INET, 7, 0},
		{AF_INET, 10 | SOCK_NONBLOCK, 0}, {AF_INET6, SOCK_DGRAM, IPPROTO_UDPLITE},
		{AF_RDS, SOCK_SEQPACKET, 0}, {AF_INET, SOCK_RDM, IPPROTO_DCCP}, {AF_INET, SOCK_DCCP, 33}};
	for (size_t i = 0; i < COUNT(sockets); i++)
		do_socket(sockets[i][0], sockets[i][1], sockets[i][2]);
}

/* In the traced child. Everything that strace shows as of before it looked is made beforehand. */
static void run_calls(int ready, int go)
{
	char byte;
	int pair[2];
	int udp = make_socket(AF_INET, SOCK_DGRAM, "127.0.0.1", NULL);
	int fresh = make_socket(AF_INET, SOCK_DGRAM, NULL, NULL);
	int udp6 = make_socket(AF_INET6, SOCK_DGRAM, "[::1]", NULL);
	int spare = make_socket(AF_INET, SOCK_DGRAM, "127.0.0.1", NULL);
	int any = make_socket(AF_INET, SOCK_DGRAM, "0.0.0.0", NULL);
	int any6 = make_socket(AF_INET6, SOCK_DGRAM, "[::]", NULL);
	int talk = make_socket(AF_INET, SOCK_DGRAM, "127.0.0.1", "127.0.0.1:9");
	int talk6 = make_socket(AF_INET6, SOCK_DGRAM, "[::]", "127.0.0.1:9");
	int listener = make_socket(AF_INET, SOCK_STREAM, "127.0.0.1", NULL);
	char name[ADDR_TEXT_MAX];
	int clients[3];
	struct sockaddr_storage ss;
	struct addr a = record_of(udp)->local;

	cr_assert(listen(listener, 5) == 0 && fcntl(listener, F_SETFL, O_NONBLOCK) == 0);
	name[addr_print(&record_of(listener)->local, name)] = '\0';
	for (size_t i = 0; i < COUNT(clients); i++)
		clients[i] = make_socket(AF_INET, SOCK_STREAM, NULL, name);
	cr_assert(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
	cr_assert(mprotect(edge_area + 4096, 4096, PROT_NONE) == 0);
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	start_trace("all", NULL);
	cr_assert(write(ready, "r", 1) == 1 && read(go, &byte, 1) == 1);

	syscall(SYS_dup, -77);
	for (size_t i = 0; i < COUNT(strings); i++)
		do_sendto(udp, strings[i].text, strings[i].n, 0, NULL, 0);
	for (size_t i = 0; i < COUNT(strings); i++)
		do_write(talk6, strings[i].text, strings[i].n);
	for (size_t i = 0; i < COUNT(message_flags); i++)
		do_send(udp, sip, 33, message_flags[i]);
	do_sendto(fresh, sip, 10, 0, NULL, 0);
	do_send(-1, sip, 40, 0);
	do_send(9999, (void *)8, 40, 0);
	do_send(udp, edge_area + 4096 - 20, 20, 0);
	do_send(udp, edge_area + 4096 - 20, 40, 0);
	do_sendto(any, sip, 50, 0, &ss, addr_to_sockaddr(&a, AF_INET, &ss));
	do_sendto(any6, sip, 50, 0, &ss, addr_to_sockaddr(&a, AF_INET6, &ss));
	do_send(talk, sip, 50, 0);
	do_bind(udp, &ss, 16);
	addresses(udp, udp6, spare);
	messages(udp, udp6, pair[0]);
	streams(listener, clients);
	numbers(udp);
	syscall(SYS_dup, -78);
	_exit(0);
}

static void wait_for_text(int fd, const char *text)
{
	char buf[4096];
	size_t n = 0;

	while (n < sizeof(buf) - 1) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		cr_assert(poll(&p, 1, 60000) == 1, "no \"%s\" from strace", text);
		ssize_t got = read(fd, buf + n, sizeof(buf) - 1 - n);
		cr_assert(got > 0, "strace ended: %.*s", (int)n, buf);
		n += (size_t)got;
		buf[n] = '\0';
		if (strstr(buf, text))
			return;
	}
}

/* Drops the seconds, and what strace knows of descriptors that are no UDP or TCP socket with an
 * address: <UDP:[4711]>, </tmp/log>, <socket:[4711]>. */
static char *normalize(const char *line, size_t n)
{
	char *out = malloc(n + 1), *o = out;

	for (size_t i = 0; i < n;) {
		const char *end = memchr(line + i, '>', n - i);
		if (line[i] == '<' && end) {
			const char *in = memchr(line + i, '[', n - i);
			bool address = in && in < end &&
				(!strncmp(line + i, "<UDP", 4) || !strncmp(line + i, "<TCP", 4)) &&
				memchr(in, ':', (size_t)(end - in));
			if (end[-1] == '-') /* "->" */
				end = memchr(end + 1, '>', n - (size_t)(end + 1 - line));
			if (address && end) {
				memcpy(o, line + i, (size_t)(end + 1 - line) - i);
				o += (size_t)(end + 1 - line) - i;
			}
			if (!address && (size_t)(end + 1 - line) == n && o > out && o[-1] == ' ')
				o--;
			if (end)
				i = (size_t)(end + 1 - line);
			continue;
		}
		if (!strncmp(line + i, " /* IPV6_PKTINFO */", 19)) {
			i += 19;
			continue;
		}
		/* of a type that it does not know: newer ones print it */
		if (!strncmp(line + i, ", cmsg_data=\"", 13)) {
			end = memchr(line + i + 13, '"', n - i - 13);
			i = end ? (size_t)(end + 1 - line) : n;
			continue;
		}
		if (line[i] == ' ' && o > out && o[-1] == ' ') {
			i++;
			continue;
		}
		*o++ = line[i++];
	}
	*o = '\0';
	return out;
}

/* The lines of text from behind the one with `from` to the one with `to`, "hh:mm:ss.micros " and what
 * stands before it left out. Lines of the log's own write(2) are not counted. */
static size_t split(char *text, const char *from, const char *to, char **lines, size_t max)
{
	size_t n = 0;
	char *p = text, *end;

	if (from) {
		p = strstr(text, from);
		cr_assert(p, "no %s in %s", from, text);
		p = strchr(p, '\n') + 1;
	}
	for (; (end = strchr(p, '\n')) && n < max; p = end + 1) {
		unsigned h, m, s, us;
		int at = 0;
		if (to && memmem(p, (size_t)(end - p), to, strlen(to)))
			break;
		char *stamp = p;
		if (*p == '[') {
			stamp = memchr(p, ']', (size_t)(end - p));
			cr_assert(stamp);
			stamp += 2;
		}
		cr_assert(sscanf(stamp, "%2u:%2u:%2u.%6u %n", &h, &m, &s, &us, &at) == 4 && at == 16 &&
				h < 24 && m < 60 && s < 61,
			"no time in: %.*s", (int)(end - p), p);
		char *call = stamp + at;
		if (!strncmp(call, "getsockopt(", 11) ||
			memmem(call, (size_t)(end - call), "[127 =>", 7) ||
			memmem(call, (size_t)(end - call), "[127])", 6))
			continue;
		if (!strncmp(call, "write(", 6) && memmem(call, (size_t)(end - call), "[pid ", 5))
			continue;
		cr_assert(end[-1] == '>');
		lines[n++] = normalize(call, (size_t)(end - call));
	}
	return n;
}

/* The first number of strace's version, 0 = there is none. */
static int strace_version(void)
{
	int version = 0;
	FILE *f = popen("strace -V 2> /dev/null", "r");

	if (f && fscanf(f, "strace -- version %d", &version) != 1)
		version = 0;
	if (f)
		pclose(f);
	return version;
}

static bool can_bind(int domain, const char *address)
{
	struct sockaddr_storage ss;
	struct addr a;
	int fd = socket(domain, SOCK_DGRAM, 0);
	bool can = addr_parse(&a, address, strlen(address)) == 0 &&
		bind(fd, (void *)&ss, addr_to_sockaddr(&a, domain, &ss)) == 0;

	close(fd);
	return can;
}

Test(arguments, prints_as_strace_does, .timeout = 200)
{
	int ready[2], go[2], messages_of_strace[2];
	char byte, pid_text[16], out[128];
	static char *ours[512], *theirs[512];
	const char *preload = getenv("LD_PRELOAD");

	/* strace would show valgrind's calls, and valgrind reports each address that is bad here on
	 * purpose. */
	if (preload && strstr(preload, "vgpreload"))
		return;
	/* A build machine may lack one of them. */
	if (!strace_version())
		cr_skip_test("there is no strace here");
	if (strace_version() < 6)
		cr_skip_test("this strace is older than what is written here");
	if (!can_bind(AF_INET6, "[::1]"))
		cr_skip_test("the loopback interface has no ::1");
	snprintf(out, sizeof(out), "%s/strace", folder);
	cr_assert(pipe(ready) == 0 && pipe(go) == 0 && pipe(messages_of_strace) == 0);
	static struct fd_record records[1024];
	this_host.sockets.records = records;
	this_host.sockets.max = 1024;
	pid_t child = fork();
	if (child == 0)
		run_calls(ready[1], go[0]);
	cr_assert(read(ready[0], &byte, 1) == 1);
	snprintf(pid_text, sizeof(pid_text), "%d", (int)child);
	pid_t tracer = fork();
	if (tracer == 0) {
		dup2(messages_of_strace[1], 2);
		execlp("strace", "strace", "-tt", "-T", "-yy", "-s32", "-o", out, "-e",
			"trace=network,dup,dup3,fcntl,close,close_range,write,writev", "-p", pid_text,
			(char *)NULL);
		dprintf(2, "no strace here (apt-get install strace)\n");
		_exit(127);
	}
	close(messages_of_strace[1]);
	wait_for_text(messages_of_strace[0], "attached");
	cr_assert(write(go[1], "g", 1) == 1);
	int status, strace_status;
	cr_assert(waitpid(child, &status, 0) == child);
	cr_assert(waitpid(tracer, &strace_status, 0) == tracer);
	cr_assert(status == 0, "the child ended with %#x", (unsigned)status);

	char *text = read_whole(out);
	cr_assert(text);
	size_t n = split(text, "dup(-77", "dup(-78", theirs, COUNT(theirs));
	text = read_whole(log_file);
	cr_assert(text);
	size_t m = split(text, NULL, NULL, ours, COUNT(ours));
	cr_expect(n > 150);
	for (size_t i = 0; i < (n < m ? n : m); i++)
		cr_expect(!strcmp(ours[i], theirs[i]), "\nours:   %s\nstrace: %s", ours[i], theirs[i]);
	cr_expect(n == m, "%zu lines, strace has %zu", m, n);
}
