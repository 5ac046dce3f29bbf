/* SPDX-License-Identifier: MIT */
/* Errors that ICMP brings of what left from a member, or from the host's own address, are told as to a socket
 * of one address: without control data that the host did not ask for, and with its own address in what it did. */
/*victim
case: v4 v6
*/
/*ini
[bond:b]
member = udp:10.0.1.1:5060 open=filter
member = udp:[fd00:1::1]:5060 open=filter
[route:r]
to = 198.51.100.0/24, 2001:db8::/48
bond = b
*/
/*expect v4
recvmsg tells to 203.0.113.9:5999
  ECONNREFUSED of ICMP
recvmsg tells to 198.51.100.9:5999
  ECONNREFUSED of ICMP
recvmmsg tells to 198.51.100.9:5999
  ECONNREFUSED of ICMP
-- it asks for addresses
recvmsg tells to 203.0.113.9:5999
  address 10.0.2.1:0
  ECONNREFUSED of ICMP
recvmsg tells to 198.51.100.9:5999
  address 10.0.2.1:0
  ECONNREFUSED of ICMP
recvmmsg tells to 198.51.100.9:5999
  address 10.0.2.1:0
  ECONNREFUSED of ICMP
-- it asks for addresses
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport;bond-in=*
*/
/*expect v6
recvmsg tells to [2001:db8:1::9]:5999
  ECONNREFUSED of ICMP
recvmsg tells to [2001:db8::9]:5999
  ECONNREFUSED of ICMP
recvmmsg tells to [2001:db8::9]:5999
  ECONNREFUSED of ICMP
-- it asks for addresses
recvmsg tells to [2001:db8:1::9]:5999
  address [fd00:2::1]:0
  ECONNREFUSED of ICMP
recvmsg tells to [2001:db8::9]:5999
  address [fd00:2::1]:0
  ECONNREFUSED of ICMP
recvmmsg tells to [2001:db8::9]:5999
  address [fd00:2::1]:0
  ECONNREFUSED of ICMP
-- it asks for addresses
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p1;rport
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p1;rport;bond-in=*
*/
#include "open.h"

#include <linux/errqueue.h>

#define CLOSED 5999 /* the peer's port that nobody has */

static void look(const char *call, int h)
{
	char bytes[2000], control[512] __attribute__((aligned(8)));
	struct ep to = {.len = sizeof(to.ss)};
	struct iovec iov = {bytes, sizeof(bytes)};
	struct msghdr m = {.msg_name = &to.ss, .msg_namelen = to.len, .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control)};
	struct mmsghdr mm = {.msg_hdr = m};
	struct pollfd p = {.fd = h};
	long n;

	raw(SYS_poll, (long)&p, 1, patience(), 0, 0, 0);
	if (strcmp(call, "recvmsg") == 0) {
		n = recvmsg(h, &m, MSG_ERRQUEUE);
	} else {
		n = recvmmsg(h, &mm, 1, MSG_ERRQUEUE, NULL);
		m = mm.msg_hdr;
	}
	say("%s %s to %s", call, n < 0 ? strerrorname_np(errno) : "tells", ep_text(&to));
	for (struct cmsghdr *c = n < 0 ? NULL : CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		const struct sock_extended_err *e = (const void *)CMSG_DATA(c);
		struct ep at;
		memset(&at, 0, sizeof(at));
		if (c->cmsg_type == IP_RECVERR || c->cmsg_type == IPV6_RECVERR) {
			say("  %s of ICMP", strerrorname_np(e->ee_errno));
		} else if (c->cmsg_type == IP_PKTINFO) {
			at.v4 = (struct sockaddr_in){.sin_family = AF_INET,
				.sin_addr = ((const struct in_pktinfo *)CMSG_DATA(c))->ipi_addr};
			say("  address %s", ep_text(&at));
		} else if (c->cmsg_type == IPV6_PKTINFO) {
			at.v6 = (struct sockaddr_in6){.sin6_family = AF_INET6,
				.sin6_addr = ((const struct in6_pktinfo *)CMSG_DATA(c))->ipi6_addr};
			say("  address %s", ep_text(&at));
		} else {
			say("  level %d type %d", c->cmsg_level, c->cmsg_type);
		}
	}
	if (m.msg_flags & MSG_CTRUNC)
		say("  cut");
}

static void refused(const char *call, int h, const char *peer)
{
	struct ep to = ep(peer, CLOSED);
	struct text *t = options(1);

	if (sendto(h, t->p, t->n, 0, &to.sa, to.len) != (long)t->n)
		say("sendto: %s", strerrorname_np(errno));
	look(call, h);
}

int main(int argc, char **argv)
{
	choose_family(argv[argc - 1]);
	int h = udp(H, 5060), one = 1, six = strchr(H, ':') != NULL;
	struct ep m = ep(M, 5060);

	MUST(setsockopt(h, six ? IPPROTO_IPV6 : IPPROTO_IP, six ? IPV6_RECVERR : IP_RECVERR, &one, sizeof(one)));
	for (int i = 0; i < 2; i++) {
		refused("recvmsg", h, PEER);
		refused("recvmsg", h, ROUTED);
		refused("recvmmsg", h, ROUTED);
		say("-- it asks for addresses");
		MUST(setsockopt(h, six ? IPPROTO_IPV6 : IPPROTO_IP, six ? IPV6_RECVPKTINFO : IP_PKTINFO, &one,
			sizeof(one)));
	}
	comes(h, PEER, &m, request("OPTIONS", "example.net", 1));
	return 0;
}
