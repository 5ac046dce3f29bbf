/* SPDX-License-Identifier: MIT */
#include "control.h"

#include <arpa/inet.h>
#include <errno.h>

#include "base/cmsg.h"
#include "preload/readable.h"

size_t control_put_source6(char *to, const struct addr *source, uint32_t index)
{
	struct in6_pktinfo info = {.ipi6_ifindex = index};

	memcpy(&info.ipi6_addr, source->ip, sizeof(info.ipi6_addr));
	return control_put(to, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
}

static bool is_source4(const struct cmsg *c)
{
	return cmsg_is(c, IPPROTO_IP, IP_PKTINFO);
}

static bool is_source6(const struct cmsg *c)
{
	return cmsg_is(c, IPPROTO_IPV6, IPV6_PKTINFO);
}

static void set_ip4(struct addr *a, const struct in_addr *ip)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	memcpy(a->ip, mapped, sizeof(mapped));
	memcpy(a->ip + 12, ip, sizeof(*ip));
}

bool control_find_source(const struct msghdr *msg, struct addr *source, uint32_t *index)
{
	const char *control = msg->msg_control;
	size_t total = msg->msg_controllen;
	struct cmsg c = {.next = 0};
	bool found = false;

	/* what is wrong with the lengths the kernel tells the host */
	while (total <= CONTROL_MAX && cmsg_next(&c, control, total)) {
		const char *data = cmsg_data(&c, control);
		struct in6_pktinfo six;
		struct in_pktinfo four;
		if (is_source6(&c) && cmsg_size(&c) >= sizeof(six)) {
			memcpy(&six, data, sizeof(six));
			memcpy(source->ip, &six.ipi6_addr, sizeof(source->ip));
			*index = six.ipi6_ifindex;
		} else if (is_source4(&c) && cmsg_size(&c) >= sizeof(four)) {
			memcpy(&four, data, sizeof(four));
			set_ip4(source, &four.ipi_spec_dst);
			*index = (uint32_t)four.ipi_ifindex;
		} else {
			continue;
		}
		found = true;
	}
	return found;
}

int control_copy(char *to, size_t *used, const struct msghdr *host)
{
	const char *control = host->msg_control;
	size_t total = host->msg_controllen;
	struct cmsg c = {.next = 0};

	if (total > CONTROL_MAX)
		return ENOBUFS;
	if (!readable(control))
		return total < sizeof(c.head) ? 0 : EFAULT;
	while (cmsg_next(&c, control, total)) {
		if (is_source4(&c) || is_source6(&c))
			continue;
		memcpy(to + *used, control + c.at, c.head.cmsg_len);
		*used += CMSG_ALIGN(c.head.cmsg_len);
	}
	return cmsg_follows(&c, total) ? EINVAL : 0; /* as the kernel says to it */
}

/* Whether it is what libbond asks for; then *to is the address. */
static bool find_arrival(const struct cmsg *c, const char *data, struct addr *to)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6};
	struct sockaddr_in four = {.sin_family = AF_INET};

	if (is_source6(c) && cmsg_size(c) >= sizeof(struct in6_pktinfo)) {
		memcpy(&six.sin6_addr, data, sizeof(six.sin6_addr));
		addr_from_sockaddr(to, &six, sizeof(six));
	} else if (is_source4(c) && cmsg_size(c) >= sizeof(struct in_pktinfo)) {
		memcpy(&four.sin_addr, data + offsetof(struct in_pktinfo, ipi_addr),
			sizeof(four.sin_addr));
		addr_from_sockaddr(to, &four, sizeof(four));
	} else {
		return false;
	}
	return true;
}

/* Whether it is the port of an arrival (IP_RECVORIGDSTADDR, IPV6_RECVORIGDSTADDR), which stands at one place for both
 * families. */
static bool find_port(const struct cmsg *c, const char *data, uint16_t *port)
{
	struct sockaddr_in s;

	if ((!cmsg_is(c, IPPROTO_IP, IP_ORIGDSTADDR) && !cmsg_is(c, IPPROTO_IPV6, IPV6_ORIGDSTADDR)) ||
		cmsg_size(c) < sizeof(s))
		return false;
	memcpy(&s, data, sizeof(s));
	*port = ntohs(s.sin_port);
	return true;
}
_Static_assert(offsetof(struct sockaddr_in, sin_port) == offsetof(struct sockaddr_in6, sin6_port), "one place");

size_t control_cut(char *control, size_t n, size_t room)
{
	struct cmsg c = {.next = 0};

	while (cmsg_next(&c, control, n) && c.at + c.head.cmsg_len <= room)
		;
	if (c.at + sizeof(c.head) > room)
		return c.at;
	c.head.cmsg_len = room - c.at;
	memcpy(control + c.at, &c.head, sizeof(c.head));
	return room;
}

static void rename4(char *data, size_t at, const struct addr *to)
{
	memcpy(data + at, to->ip + 12, 4);
}

/* Both kinds of socket address have their port in one place. */
static void rename_port(char *data, const struct addr *to)
{
	uint16_t port = htons(to->port);

	memcpy(data + offsetof(struct sockaddr_in, sin_port), &port, sizeof(port));
}

void control_rename(char *control, size_t n, const struct addr *to)
{
	struct cmsg c = {.next = 0};

	while (cmsg_next(&c, control, n)) {
		char *data = control + c.at + CMSG_LEN(0);
		size_t size = cmsg_size(&c);
		if (is_source4(&c) && size >= sizeof(struct in_pktinfo)) {
			rename4(data, offsetof(struct in_pktinfo, ipi_spec_dst), to);
			rename4(data, offsetof(struct in_pktinfo, ipi_addr), to);
		} else if ((is_source6(&c) || cmsg_is(&c, IPPROTO_IPV6, IPV6_2292PKTINFO)) &&
			size >= sizeof(struct in6_pktinfo)) {
			memcpy(data, to->ip, sizeof(to->ip));
		} else if (cmsg_is(&c, IPPROTO_IP, IP_ORIGDSTADDR) && size >= sizeof(struct sockaddr_in)) {
			rename4(data, offsetof(struct sockaddr_in, sin_addr), to);
			rename_port(data, to);
		} else if (cmsg_is(&c, IPPROTO_IPV6, IPV6_ORIGDSTADDR) &&
			size >= sizeof(struct sockaddr_in6)) {
			memcpy(data + offsetof(struct sockaddr_in6, sin6_addr), to->ip, sizeof(to->ip));
			rename_port(data, to);
		}
	}
}

size_t control_split(char *control, size_t n, unsigned keep, uint16_t port, struct addr *to)
{
	struct cmsg c = {.next = 0};
	size_t kept = 0;

	to->family = 0;
	while (cmsg_next(&c, control, n)) {
		const char *data = cmsg_data(&c, control);
		if ((find_arrival(&c, data, to) && !(keep & CONTROL_KEEP_SOURCE)) ||
			(find_port(&c, data, &port) && !(keep & CONTROL_KEEP_PORT)))
			continue;
		memmove(control + kept, control + c.at, c.next - c.at);
		kept += c.next - c.at;
	}
	to->port = port;
	return kept;
}
