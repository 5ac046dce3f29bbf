/* SPDX-License-Identifier: MIT */
#include "place.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <time.h>

#include "base/raw.h"

#ifndef IPV6_FREEBIND
#define IPV6_FREEBIND 78
#endif

static void set(int fd, int level, int name, int value)
{
	raw_syscall5(SYS_setsockopt, fd, level, name, (long)&value, sizeof(value));
}

#define DISCARD 9 /* RFC 863 */
#define TRIES 5

/* What comes to it while the host's listener is gone is refused, as it is where nobody is: of a socket that has a peer
 * the kernel takes it for nobody's. It sends to all others none the less. Where the address is absent, it drops it. */
static void make_deaf(int fd, const struct addr *at)
{
	struct sock_filter nothing = {BPF_RET | BPF_K, 0, 0, 0};
	struct sock_fprog prog = {1, &nothing};
	struct addr peer = *at;
	struct sockaddr_storage ss;

	raw_syscall5(SYS_setsockopt, fd, SOL_SOCKET, SO_ATTACH_FILTER, (long)&prog, sizeof(prog));
	peer.port = DISCARD;
	socklen_t len = addr_to_sockaddr(&peer, at->family, &ss);
	raw_syscall(SYS_connect, fd, (long)&ss, len, 0);
}

/* Another process of the host may look at this moment whether somebody has the address, as this one does. */
static long bind_soon(int fd, const struct sockaddr_storage *ss, socklen_t len)
{
	long error = -EADDRINUSE;

	for (int i = 0; i < TRIES && error == -EADDRINUSE; i++) {
		const struct timespec pause = {.tv_nsec = i ? 1000000 : 0};
		if (i)
			raw_syscall(SYS_nanosleep, (long)&pause, 0, 0, 0);
		error = raw_syscall(SYS_bind, fd, (long)ss, len, 0);
	}
	return error;
}

int place_open(const struct member *m, bool shared)
{
	bool datagram = m->transport == TRANSPORT_UDP;
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(&m->addr, m->addr.family, &ss);
	int fd = (int)raw_syscall(SYS_socket, m->addr.family, (datagram ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0, 0);

	if (fd < 0)
		return fd;
	if (m->addr.family == AF_INET6) {
		set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
		set(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1);
	} else {
		set(fd, IPPROTO_IP, IP_FREEBIND, 1);
	}
	/* of connections: beside those that a host before this one had */
	if (shared || !datagram)
		set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	long error = bind_soon(fd, &ss, len);
	if (error == 0 && shared)
		make_deaf(fd, &m->addr);
	if (error == 0)
		return fd;
	raw_close(fd);
	return (int)error;
}
