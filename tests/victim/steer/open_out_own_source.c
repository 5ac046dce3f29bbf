/* SPDX-License-Identifier: MIT */
/* A source that the host's own control data asks for is the host's choice, where it is not its own address:
 * that is the one which it was told of, whatever the peer used. */
/*victim
case: v4 v6
*/
/*ini
[bond:b]
member = udp:10.0.1.1:5060 open=filter
member = udp:[fd00:1::1]:5060 open
[route:r]
to = 198.51.100.0/24, 2001:db8::/48
bond = b
*/
/*expect v4
-- a third address: nobody came, a route, a keep-alive
on the wire from 10.0.3.1:5060
on the wire from 10.0.1.1:5060
on the wire from 10.0.3.1:5060
-- the host's own
on the wire from 10.0.2.1:5060
on the wire from 10.0.1.1:5060
-- the host's own, by the interface that it names, and by one that is none
on the wire from 10.0.2.1:5060
sendmsg: ENODEV
sendmsg: ENODEV
-- none in particular
on the wire from 10.0.0.1:5060
  - REGISTER sip:h@10.0.1.1 SIP/2.0
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport
  + REGISTER sip:h@10.0.2.1 SIP/2.0
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport;bond-in=*
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport
-- the peer came in on the member
on the wire from 10.0.1.1:5060
on the wire from 10.0.3.1:5060
on the wire from 10.0.1.1:5060
peer: udp 10.0.0.1:5060 > 203.0.113.9:5080: OPTIONS
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPTIONS x2
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: 4 bytes 0d0a0d0a
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: OPTIONS
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: SIP/2.0
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: OPTIONS x2
peer: udp 10.0.3.1:5060 > 203.0.113.9:5080: 4 bytes 0d0a0d0a
peer: udp 10.0.3.1:5060 > 203.0.113.9:5080: OPTIONS x2
*/
/*expect v6
-- a third address: nobody came, a route, a keep-alive
on the wire from [fd00:3::1]:5060
on the wire from [fd00:1::1]:5060
on the wire from [fd00:3::1]:5060
-- the host's own
on the wire from [fd00:2::1]:5060
on the wire from [fd00:1::1]:5060
-- the host's own, by the interface that it names, and by one that is none
on the wire from [fd00:2::1]:5060
sendmsg: ENODEV
sendmsg: ENODEV
-- none in particular
on the wire from [fd00:2::1]:5060
  - REGISTER sip:h@[fd00:1::1] SIP/2.0
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p1;rport
  + REGISTER sip:h@[fd00:2::1] SIP/2.0
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p1;rport;bond-in=*
on the wire from [fd00:1::1]:5060
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p1;rport;bond-in=*
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p1;rport
-- the peer came in on the member
on the wire from [fd00:1::1]:5060
on the wire from [fd00:3::1]:5060
on the wire from [fd00:1::1]:5060
peer: udp [fd00:1::1]:5060 > [2001:db8:1::9]:5080: 4 bytes 0d0a0d0a
peer: udp [fd00:1::1]:5060 > [2001:db8:1::9]:5080: OPTIONS
peer: udp [fd00:1::1]:5060 > [2001:db8:1::9]:5080: SIP/2.0
peer: udp [fd00:1::1]:5060 > [2001:db8::9]:5080: OPTIONS x2
peer: udp [fd00:2::1]:5060 > [2001:db8:1::9]:5080: OPTIONS x3
peer: udp [fd00:3::1]:5060 > [2001:db8:1::9]:5080: 4 bytes 0d0a0d0a
peer: udp [fd00:3::1]:5060 > [2001:db8:1::9]:5080: OPTIONS x2
*/
#include "open.h"

static unsigned interface; /* of the interface that is asked for, 0 = any */

static void from(int h, const char *peer, const char *source, bool anyone, const struct text *t)
{
	char control[CMSG_SPACE(sizeof(struct in6_pktinfo))] __attribute__((aligned(8)));
	struct ep to = ep(peer, QUIET), e = ep(source, 0);
	struct iovec iov = {(void *)t->p, t->n};
	struct msghdr m = {.msg_name = &to.ss, .msg_namelen = to.len, .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	memset(control, 0, sizeof(control));
	if (e.sa.sa_family == AF_INET) {
		struct in_pktinfo p = {.ipi_ifindex = (int)interface, .ipi_spec_dst = e.v4.sin_addr};
		*c = (struct cmsghdr){CMSG_LEN(sizeof(p)), IPPROTO_IP, IP_PKTINFO};
		memcpy(CMSG_DATA(c), &p, sizeof(p));
		m.msg_controllen = CMSG_SPACE(sizeof(p));
	} else {
		struct in6_pktinfo p = {.ipi6_addr = e.v6.sin6_addr,
			.ipi6_ifindex = interface ? interface : anyone ? if_nametoindex("va") : 0};
		*c = (struct cmsghdr){CMSG_LEN(sizeof(p)), IPPROTO_IPV6, IPV6_PKTINFO};
		memcpy(CMSG_DATA(c), &p, sizeof(p));
	}
	if (sendmsg(h, &m, 0) != (long)t->n)
		say("sendmsg: %s", strerrorname_np(errno));
	else
		peer_got(peer);
}

int main(int argc, char **argv)
{
	static const struct text crlf = {"\r\n\r\n", 4};

	choose_family(argv[argc - 1]);
	int h = udp(H, 5060), six = strchr(H, ':') != NULL;

	say("-- a third address: nobody came, a route, a keep-alive");
	from(h, PEER, T, false, options(1));
	from(h, ROUTED, T, false, options(2));
	from(h, PEER, T, false, &crlf);
	say("-- the host's own");
	from(h, PEER, H, false, options(3));
	from(h, ROUTED, H, false, options(4));
	say("-- the host's own, by the interface that it names, and by one that is none");
	interface = if_nametoindex("va");
	from(h, PEER, H, false, options(8));
	interface = 9999;
	from(h, PEER, H, false, options(9));
	from(h, PEER, H, false, &crlf);
	interface = 0;
	say("-- none in particular");
	from(h, PEER, six ? "::" : "0.0.0.0", true, options(5));
	comes_in(h, "REGISTER", M, "200 OK", 1);
	say("-- the peer came in on the member");
	from(h, PEER, H, false, options(6));
	from(h, PEER, T, false, options(7));
	from(h, PEER, H, false, &crlf);
	return 0;
}
