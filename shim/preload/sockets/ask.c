/* SPDX-License-Identifier: MIT */
/* Questions to the kernel. */
#include "ask.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/inode.h"
#include "base/raw.h"
#include "config/machine.h"
#include "preload/real/real.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

static uint16_t ephemeral_low = 32768, ephemeral_high = 60999;

void ask_init(void)
{
	char text[64];
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

bool ask_is_ephemeral(uint16_t port)
{
	return port >= ephemeral_low && port <= ephemeral_high;
}

uint64_t ask_network(void)
{
	uint64_t network = 0;
	socklen_t n = sizeof(network);
	int fd = (int)raw_syscall(SYS_socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0, 0);

	if (fd < 0)
		return 0;
	if (raw_syscall5(SYS_getsockopt, fd, SOL_SOCKET, SO_NETNS_COOKIE, (long)&network, (long)&n) != 0)
		network = 0;
	raw_close(fd);
	return network;
}

bool ask_addresses(struct hears *h)
{
	struct ifaddrs *list, *i;

	if (machine_addresses(&list) != 0)
		return true;
	for (i = list; i && h->local_count < HEARS_LOCAL_MAX; i = i->ifa_next) {
		if (i->ifa_addr && addr_from_sockaddr(&h->local[h->local_count], i->ifa_addr,
				sizeof(struct sockaddr_in6)) == 0)
			h->local_count++;
	}
	machine_free(list);
	return !i;
}

int ask_option(int fd, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	return real.getsockopt(fd, SOL_SOCKET, name, &value, &len) == 0 ? value : -1;
}

bool ask_is_v6only(int fd)
{
	int value = 0;
	socklen_t len = sizeof(value);

	return real.getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &value, &len) == 0 && value;
}

uint32_t ask_kind(int domain, int type, int protocol)
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

bool ask_local_name(int fd, struct addr *a)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	memset(a, 0, sizeof(*a));
	return real.getsockname(fd, &ss, &len) == 0 && addr_from_sockaddr(a, &ss, len) == 0;
}

bool ask_source(const struct addr *to, struct addr *a)
{
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(to, to->family, &ss);
	long fd = len ? raw_syscall(SYS_socket, to->family, SOCK_DGRAM | SOCK_CLOEXEC, 0, 0) : -1;

	if (fd < 0)
		return false;
	bool found = raw_syscall(SYS_connect, fd, (long)&ss, len, 0) == 0;
	len = sizeof(ss);
	found = found && raw_syscall(SYS_getsockname, fd, (long)&ss, (long)&len, 0) == 0 &&
		addr_from_sockaddr(a, &ss, len) == 0;
	raw_close((int)fd);
	return found;
}

uint64_t ask_cookie(int fd)
{
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);

	return raw_syscall5(SYS_getsockopt, fd, SOL_SOCKET, SO_COOKIE, (long)&cookie, (long)&len) == 0
		? cookie
		: inode_of_socket(fd);
}

int ask_twin(const struct sockets *s, int fd)
{
	uint64_t mine = ask_cookie(fd);
	int end = sockets_end(s);

	for (int i = 0; mine && i < end; i++)
		if (i != fd && (sockets_bits(s, i) & (FD_TCP | FD_UDP)) && ask_cookie(i) == mine)
			return i;
	return -1;
}

void ask_for_arrivals(int fd, uint32_t bits, int on)
{
	if (bits & FD_V6)
		real.setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on));
	else
		real.setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
}

void ask_for_ports(int fd, uint32_t bits)
{
	int on = 1;

	record_of(fd)->ports = true;
	real.setsockopt(fd, IPPROTO_IP, IP_RECVORIGDSTADDR, &on, sizeof(on));
	if (bits & FD_V6)
		real.setsockopt(fd, IPPROTO_IPV6, IPV6_RECVORIGDSTADDR, &on, sizeof(on));
}
