/* SPDX-License-Identifier: MIT */
/* Control data of datagrams (ip(7), ipv6(7)): the host's, read and copied as base/cmsg.h walks it; and
 * libbond's own, which sets a source and tells an arrival. */
#ifndef BOND_DATAGRAM_CONTROL_H
#define BOND_DATAGRAM_CONTROL_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "config/addr.h"

#define CONTROL_MAX 4096 /* of the host's that is looked at or sent on */
#define CONTROL_OWN \
	(CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(struct sockaddr_in6))) /* of an arrival */

/* One header with its data at `to`; returns how far it reaches. */
static inline size_t control_put(char *to, int level, int type, const void *data, size_t n)
{
	struct cmsghdr *c = (struct cmsghdr *)to;

	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(n);
	if (n % sizeof(size_t)) /* nothing of the stack goes to the kernel */
		memset(to + CMSG_SPACE(n) - sizeof(size_t), 0, sizeof(size_t));
	memcpy(CMSG_DATA(c), data, n);
	return CMSG_SPACE(n);
}

/* The source of a datagram on an IPv4 socket, as it stands in memory, and the interface it leaves by, 0 =
 * any. */
static inline size_t control_put_ip4(char *to, uint32_t ip, uint32_t index)
{
	struct in_pktinfo info = {.ipi_ifindex = (int)index, .ipi_spec_dst = {ip}};

	return control_put(to, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
}

static inline size_t control_put_source4(char *to, const struct addr *source, uint32_t index)
{
	uint32_t ip;

	memcpy(&ip, source->ip + 12, sizeof(ip));
	return control_put_ip4(to, ip, index);
}

/* The same on an IPv6 socket. */
size_t control_put_source6(char *to, const struct addr *source, uint32_t index);

/* Fills in the ip of the source that the host's control data, which can be read, asks for, and the interface, 0 = any.
 * False: it asks for none. */
bool control_find_source(const struct msghdr *msg, struct addr *source, uint32_t *index);

/* Copies the host's control data, CONTROL_MAX at most, without a source of its own; *used: how many bytes
 * that is. 0, or the errno that the kernel has for what is wrong with it. */
int control_copy(char *to, size_t *used, const struct msghdr *host);

/* What the host asks for itself. */
enum { CONTROL_KEEP_SOURCE = 1, CONTROL_KEEP_PORT = 2 };

/* Takes libbond's own control data out of the n bytes that the kernel filled in, but for what is to be kept, and
 * finds the address that the datagram came to (family 0: not told): at the port that is told, else at this, the
 * socket's. Returns how many bytes are the host's. */
size_t control_split(char *control, size_t n, unsigned keep, uint16_t port, struct addr *to);

/* Cuts n bytes to at most `room`, as the kernel does where there is no more; returns how many are left. */
size_t control_cut(char *control, size_t n, size_t room);

/* Lets the host's own control data tell that address and port where it tells to which a datagram came. */
void control_rename(char *control, size_t n, const struct addr *to);

#endif
