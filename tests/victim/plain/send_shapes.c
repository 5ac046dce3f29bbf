/* SPDX-License-Identifier: MIT */
/* Datagrams to many, by chosen interfaces, with control data of the program: what each is on arrival, and what is
 * said of those that cannot go. */
/*victim
opened: filter sk_lookup
*/
#include "../victim.h"

#include <linux/errqueue.h>

static int ears[2]; /* IPv4, IPv6 */

/* A socket of another program that hears everything of port 7199, with all that is told of a datagram. */
static int ear(int family)
{
	struct ep any = ep(family == AF_INET ? "0.0.0.0" : "::", 7199);
	int fd = raw(SYS_socket, family, SOCK_DGRAM | SOCK_NONBLOCK, 0, 0, 0, 0), on = 1;

	if (family == AF_INET6)
		raw(SYS_setsockopt, fd, IPPROTO_IPV6, IPV6_V6ONLY, (long)&on, sizeof(on), 0);
	raw(SYS_bind, fd, (long)&any.ss, any.len, 0, 0, 0);
	if (family == AF_INET) {
		const int options[] = {IP_PKTINFO, IP_RECVTTL, IP_RECVTOS};
		for (int i = 0; i < 3; i++)
			raw(SYS_setsockopt, fd, IPPROTO_IP, options[i], (long)&on, sizeof(on), 0);
		for (int i = 0; i < 2; i++) {
			struct ip_mreqn m = {.imr_ifindex = (int)if_nametoindex(i ? "vc" : "va")};
			inet_pton(AF_INET, "224.0.1.75", &m.imr_multiaddr);
			raw(SYS_setsockopt, fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, (long)&m, sizeof(m), 0);
		}
	} else {
		const int options[] = {IPV6_RECVPKTINFO, IPV6_RECVHOPLIMIT, IPV6_RECVTCLASS};
		for (int i = 0; i < 3; i++)
			raw(SYS_setsockopt, fd, IPPROTO_IPV6, options[i], (long)&on, sizeof(on), 0);
		for (int i = 0; i < 4; i++) {
			struct ipv6_mreq m = {.ipv6mr_interface = if_nametoindex(i & 1 ? "vc" : "va")};
			inet_pton(AF_INET6, i & 2 ? "ff02::7" : "ff05::7", &m.ipv6mr_multiaddr);
			raw(SYS_setsockopt, fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, (long)&m, sizeof(m), 0);
		}
	}
	return fd;
}

static const char *interface(unsigned index)
{
	static char name[IF_NAMESIZE];

	return if_indextoname(index, name) ? name : "?";
}

static void heard_of(const struct cmsghdr *c, char *text, size_t room)
{
	struct in6_pktinfo six;
	struct in_pktinfo four;
	struct ep at = {.v4.sin_port = htons(7199)};
	int number = 0;

	if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
		memcpy(&four, CMSG_DATA(c), sizeof(four));
		at.v4.sin_family = AF_INET;
		at.v4.sin_addr = four.ipi_addr;
		snprintf(text, room, " at %s by %s", ep_text(&at), interface(four.ipi_ifindex));
	} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
		memcpy(&six, CMSG_DATA(c), sizeof(six));
		at.v6.sin6_family = AF_INET6;
		at.v6.sin6_addr = six.ipi6_addr;
		snprintf(text, room, " at %s by %s", ep_text(&at), interface(six.ipi6_ifindex));
	} else {
		memcpy(&number, CMSG_DATA(c), c->cmsg_len == CMSG_LEN(1) ? 1 : sizeof(number));
		snprintf(text, room, " %d/%d %d", c->cmsg_level, c->cmsg_type, number);
	}
}

static void hear_all(void)
{
	for (int i = 0; i < 2; i++) {
		char data[2000], control[300], text[600];
		struct ep from;
		struct iovec iov = {data, sizeof(data)};
		struct msghdr m = {.msg_name = &from.ss, .msg_iov = &iov, .msg_iovlen = 1};
		for (;;) {
			m.msg_namelen = sizeof(from.ss);
			m.msg_control = control, m.msg_controllen = sizeof(control);
			long n = raw(SYS_recvmsg, ears[i], (long)&m, 0, 0, 0, 0);
			if (n < 0)
				break;
			size_t used = 0;
			for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
				heard_of(c, text + used, sizeof(text) - used);
				used += strlen(text + used);
			}
			say("  heard %.*s of %ld from %s%s", n < 7 ? (int)n : 7, data, n, ep_text(&from), used ? text : "");
		}
	}
}

/* By sendto() and sendmsg(), of both kinds. */
static void to(int s, const char *host)
{
	struct ep e = ep(host, 7199);

	say("to %s", host);
	DID(sendto(s, SIP, SIP_LEN, 0, &e.sa, e.len));
	hear_all();
	DID(sendto(s, "no SIP at all, and more than sixty-four bytes of it: that is what this one is", 70, 0, &e.sa, e.len));
	hear_all();
	struct iovec iov[2] = {{(void *)SIP, 10}, {(void *)(SIP + 10), SIP_LEN - 10}};
	struct msghdr m = {.msg_name = &e.ss, .msg_namelen = e.len, .msg_iov = iov, .msg_iovlen = 2};
	DID(sendmsg(s, &m, 0));
	hear_all();
}

static void with(int s, const char *what, const char *host, int level, int type, const void *data, size_t n)
{
	char control[100] __attribute__((aligned(8))) = {0};
	struct ep e = ep(host, 7199);
	struct iovec iov = {(void *)SIP, SIP_LEN};
	struct msghdr m = {.msg_name = &e.ss, .msg_namelen = e.len, .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = CMSG_SPACE(n)};
	*CMSG_FIRSTHDR(&m) = (struct cmsghdr){CMSG_LEN(n), level, type};

	memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), data, n);
	say("%s to %s", what, host);
	DID(sendmsg(s, &m, 0));
	hear_all();
	iov = (struct iovec){"other", 5};
	DID(sendmsg(s, &m, 0));
	hear_all();
	struct mmsghdr both[2] = {{.msg_hdr = m}, {.msg_hdr = m}};
	both[1].msg_hdr.msg_control = NULL, both[1].msg_hdr.msg_controllen = 0;
	DID(sendmmsg(s, both, 2, 0));
	hear_all();
	m.msg_controllen = CMSG_LEN(n) - 1;
	DID(sendmsg(s, &m, 0));
	hear_all();
}

/* What came back by ICMP. */
static void errors(int s)
{
	char data[300], control[300];
	struct ep dead = {.len = 0};
	struct iovec iov = {data, sizeof(data)};
	struct msghdr m = {.msg_name = &dead.ss, .msg_namelen = sizeof(dead.ss), .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control)};
	struct pollfd p = {s, 0, 0};

	raw(SYS_poll, (long)&p, 1, 1000, 0, 0, 0);
	while (recvmsg(s, &m, MSG_ERRQUEUE | MSG_DONTWAIT) >= 0) {
		say("  error of %s, flags %#x, control %zu", ep_text(&dead), m.msg_flags, m.msg_controllen);
		for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
			struct sock_extended_err *e = (void *)CMSG_DATA(c);
			struct ep by;
			memcpy(&by.ss, SO_EE_OFFENDER(e), sizeof(struct sockaddr_in6));
			say("  %d/%d %s, by %s", c->cmsg_level, c->cmsg_type, strerrorname_np(e->ee_errno),
				ep_text(&by));
		}
		m.msg_namelen = sizeof(dead.ss);
		m.msg_control = control, m.msg_controllen = sizeof(control);
	}
	DID(recv(s, data, sizeof(data), MSG_DONTWAIT));
}

static void set(int s, int level, int name, int value)
{
	MUST(setsockopt(s, level, name, &value, sizeof(value)));
}

static void ipv4(void)
{
	struct in_pktinfo info = {.ipi_ifindex = (int)if_nametoindex("vc")};
	struct ip_mreqn m = {.imr_ifindex = (int)if_nametoindex("vc")};
	struct ep dead = ep("10.0.0.1", 7198);
	int s = udp("10.0.2.1", 7001), number = 7;

	to(s, "224.0.1.75");
	MUST(setsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, &m, sizeof(m)));
	set(s, IPPROTO_IP, IP_MULTICAST_TTL, 3);
	to(s, "224.0.1.75");
	set(s, IPPROTO_IP, IP_MULTICAST_LOOP, 0);
	to(s, "224.0.1.75");
	to(s, "255.255.255.255");
	set(s, SOL_SOCKET, SO_BROADCAST, 1);
	to(s, "255.255.255.255");
	to(s, "10.0.0.255");
	to(s, "10.0.2.255");
	to(s, "10.0.0.1");
	to(s, "0.0.0.0");
	to(s, "127.0.0.1");
	to(s, "240.0.0.1");
	with(s, "TTL", "10.0.0.1", IPPROTO_IP, IP_TTL, &number, sizeof(number));
	with(s, "TOS", "10.0.0.1", IPPROTO_IP, IP_TOS, &number, sizeof(number));
	with(s, "TOS of one byte", "10.0.0.1", IPPROTO_IP, IP_TOS, &number, 1);
	with(s, "nothing known", "10.0.0.1", IPPROTO_IP, 222, &number, sizeof(number));
	with(s, "another level", "10.0.0.1", IPPROTO_IPV6, IPV6_HOPLIMIT, &number, sizeof(number));
	with(s, "an interface", "255.255.255.255", IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
	number = 9;
	with(s, "mark", "10.0.0.1", SOL_SOCKET, SO_MARK, &number, sizeof(number));
	inet_pton(AF_INET, "192.0.2.77", &info.ipi_spec_dst);
	with(s, "nobody's address", "10.0.0.1", IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
	set(s, IPPROTO_IP, IP_RECVERR, 1);
	DID(sendto(s, SIP, SIP_LEN, 0, &dead.sa, dead.len));
	errors(s);
	DID(sendto(s, SIP, SIP_LEN, MSG_DONTROUTE, &dead.sa, dead.len));
	errors(s);
	DID(sendto(s, SIP, 100, MSG_MORE, &dead.sa, dead.len));
	DID(sendto(s, SIP + 100, SIP_LEN - 100, 0, &dead.sa, dead.len));
	errors(s);
}

static void ipv6(const char *own)
{
	struct in6_pktinfo info = {.ipi6_ifindex = if_nametoindex("vc")};
	struct ep dead = ep("fd00::1", 7198);
	int s = udp(own, 7001), number = 7;

	say("-- %s", own);
	to(s, "ff05::7");
	to(s, "ff02::7%va");
	to(s, "ff02::7%vc");
	to(s, "ff02::7");
	DID(setsockopt(s, IPPROTO_IPV6, IPV6_MULTICAST_IF, &info.ipi6_ifindex, sizeof(int)));
	set(s, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 3);
	to(s, "ff05::7");
	to(s, "ff02::7");
	to(s, "fe80::1%va");
	to(s, "fe80::2%vc");
	to(s, "fe80::1");
	to(s, "fd00::1");
	to(s, "::1");
	to(s, "::");
	with(s, "hops", "fd00::1", IPPROTO_IPV6, IPV6_HOPLIMIT, &number, sizeof(number));
	with(s, "class", "fd00::1", IPPROTO_IPV6, IPV6_TCLASS, &number, sizeof(number));
	with(s, "class of one byte", "fd00::1", IPPROTO_IPV6, IPV6_TCLASS, &number, 1);
	with(s, "an interface", "ff02::7", IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
	with(s, "an interface", "ff02::7%va", IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
	inet_pton(AF_INET6, "2001:db8:77::1", &info.ipi6_addr);
	with(s, "nobody's address", "fd00::1", IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
	set(s, IPPROTO_IPV6, IPV6_RECVERR, 1);
	DID(sendto(s, SIP, SIP_LEN, 0, &dead.sa, dead.len));
	errors(s);
	close(s);
}

int main(void)
{
	ears[0] = ear(AF_INET);
	ears[1] = ear(AF_INET6);
	ipv4();
	ipv6("fd00:2::1");
	ipv6("fe80::1%va");
	return 0;
}
