/* SPDX-License-Identifier: MIT */
/* To a peer that came in on an opened member: control data that the host gives goes along, sendmmsg() sends each as it
 * would go alone, and a `from` route is asked before the flow. */
/*victim
case: v4 v6
*/
/*ini
[bond:b]
member = udp:10.0.1.1:5060 open=filter
member = udp:[fd00:1::1]:5060 open=filter
[bond:c]
member = udp:10.0.3.1:5060 open=filter
member = udp:[fd00:3::1]:5060 open=filter
[route:r]
from = c
to = 198.51.100.0/24, 2001:db8::/48, 203.0.113.0/24, 2001:db8:1::/48
bond = b
*/
/*expect v4
-- nobody came yet
sendmmsg = 3
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
on the wire from 10.0.2.1:5060
-- one came by each member
  - REGISTER sip:h@10.0.1.1 SIP/2.0
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport
  + REGISTER sip:h@10.0.2.1 SIP/2.0
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport;bond-in=*
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport
  - MESSAGE sip:h@10.0.3.1 SIP/2.0
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p2;rport
  + MESSAGE sip:h@10.0.2.1 SIP/2.0
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p2;rport;bond-in=*
on the wire from 10.0.1.1:5060
sendmmsg = 4
on the wire from 10.0.1.1:5060
on the wire from 10.0.3.1:5060
on the wire from 10.0.1.1:5060
on the wire from 10.0.3.1:5060
-- what came by the bond of no route goes by the peer's flow, by the other's as its route says
  - MESSAGE sip:h@10.0.1.1 SIP/2.0
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p3;rport
  + MESSAGE sip:h@10.0.2.1 SIP/2.0
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p3;rport;bond-in=*
on the wire from 10.0.3.1:5060
  - MESSAGE sip:h@10.0.3.1 SIP/2.0
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p4;rport
  + MESSAGE sip:h@10.0.2.1 SIP/2.0
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p4;rport;bond-in=*
on the wire from 10.0.1.1:5060
  - MESSAGE sip:h@10.0.3.1 SIP/2.0
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p5;rport
  + MESSAGE sip:h@10.0.2.1 SIP/2.0
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p5;rport;bond-in=*
on the wire from 10.0.1.1:5060
  - MESSAGE sip:h@10.0.1.1 SIP/2.0
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p6;rport
  + MESSAGE sip:h@10.0.2.1 SIP/2.0
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p6;rport;bond-in=*
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p7;rport
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p7;rport;bond-in=*
on the wire from 10.0.1.1:5060
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: MESSAGE
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080 tos 0x10: OPTIONS
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: MESSAGE x4
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: OPTIONS
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: SIP/2.0
peer: udp 10.0.2.1:5060 > 198.51.100.9:5080: OPTIONS
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080 tos 0x10: OPTIONS
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080 tos 0x20: OPTIONS
peer: udp 10.0.3.1:5060 > 198.51.100.9:5080 tos 0x20: OPTIONS
peer: udp 10.0.3.1:5060 > 198.51.100.9:5080: MESSAGE
peer: udp 10.0.3.1:5060 > 198.51.100.9:5080: OPTIONS
*/
/*expect v6
-- nobody came yet
sendmmsg = 3
on the wire from [fd00:2::1]:5060
on the wire from [fd00:2::1]:5060
on the wire from [fd00:2::1]:5060
-- one came by each member
  - REGISTER sip:h@[fd00:1::1] SIP/2.0
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p1;rport
  + REGISTER sip:h@[fd00:2::1] SIP/2.0
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p1;rport;bond-in=*
on the wire from [fd00:1::1]:5060
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p1;rport;bond-in=*
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p1;rport
  - MESSAGE sip:h@[fd00:3::1] SIP/2.0
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p2;rport
  + MESSAGE sip:h@[fd00:2::1] SIP/2.0
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p2;rport;bond-in=*
on the wire from [fd00:1::1]:5060
sendmmsg = 4
on the wire from [fd00:1::1]:5060
on the wire from [fd00:3::1]:5060
on the wire from [fd00:1::1]:5060
on the wire from [fd00:3::1]:5060
-- what came by the bond of no route goes by the peer's flow, by the other's as its route says
  - MESSAGE sip:h@[fd00:1::1] SIP/2.0
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p3;rport
  + MESSAGE sip:h@[fd00:2::1] SIP/2.0
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p3;rport;bond-in=*
on the wire from [fd00:3::1]:5060
  - MESSAGE sip:h@[fd00:3::1] SIP/2.0
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p4;rport
  + MESSAGE sip:h@[fd00:2::1] SIP/2.0
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p4;rport;bond-in=*
on the wire from [fd00:1::1]:5060
  - MESSAGE sip:h@[fd00:3::1] SIP/2.0
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p5;rport
  + MESSAGE sip:h@[fd00:2::1] SIP/2.0
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p5;rport;bond-in=*
on the wire from [fd00:1::1]:5060
  - MESSAGE sip:h@[fd00:1::1] SIP/2.0
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p6;rport
  + MESSAGE sip:h@[fd00:2::1] SIP/2.0
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p6;rport;bond-in=*
on the wire from [fd00:1::1]:5060
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p7;rport
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p7;rport;bond-in=*
on the wire from [fd00:1::1]:5060
peer: udp [fd00:1::1]:5060 > [2001:db8:1::9]:5080 tos 0x10: OPTIONS
peer: udp [fd00:1::1]:5060 > [2001:db8:1::9]:5080: MESSAGE x4
peer: udp [fd00:1::1]:5060 > [2001:db8:1::9]:5080: OPTIONS
peer: udp [fd00:1::1]:5060 > [2001:db8:1::9]:5080: SIP/2.0
peer: udp [fd00:1::1]:5060 > [2001:db8::9]:5080: MESSAGE
peer: udp [fd00:2::1]:5060 > [2001:db8:1::9]:5080 tos 0x10: OPTIONS
peer: udp [fd00:2::1]:5060 > [2001:db8:1::9]:5080 tos 0x20: OPTIONS
peer: udp [fd00:2::1]:5060 > [2001:db8::9]:5080: OPTIONS
peer: udp [fd00:3::1]:5060 > [2001:db8::9]:5080 tos 0x20: OPTIONS
peer: udp [fd00:3::1]:5060 > [2001:db8::9]:5080: MESSAGE
peer: udp [fd00:3::1]:5060 > [2001:db8::9]:5080: OPTIONS
*/
#include "open.h"

/* By sendmmsg(), with a class of traffic each. */
static void several(int h, const char *const *peers, const int *classes, int count)
{
	static char controls[8][CMSG_SPACE(sizeof(int))] __attribute__((aligned(8)));
	struct mmsghdr all[8];
	struct iovec iov[8];
	struct ep to[8];
	bool six = strchr(H, ':') != NULL;

	memset(all, 0, sizeof(all));
	for (int i = 0; i < count; i++) {
		const struct text *t = options(i + 20);
		to[i] = ep(peers[i], QUIET);
		iov[i] = (struct iovec){(void *)t->p, t->n};
		all[i].msg_hdr = (struct msghdr){.msg_name = &to[i].ss, .msg_namelen = to[i].len, .msg_iov = &iov[i], .msg_iovlen = 1};
		if (!classes[i])
			continue;
		all[i].msg_hdr.msg_control = controls[i];
		all[i].msg_hdr.msg_controllen = sizeof(controls[i]);
		*CMSG_FIRSTHDR(&all[i].msg_hdr) = six ? (struct cmsghdr){CMSG_LEN(sizeof(int)), IPPROTO_IPV6, IPV6_TCLASS}
						  : (struct cmsghdr){CMSG_LEN(sizeof(int)), IPPROTO_IP, IP_TOS};
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&all[i].msg_hdr)), &classes[i], sizeof(int));
	}
	say("sendmmsg = %d", sendmmsg(h, all, (unsigned)count, 0));
	for (int i = 0; i < count; i++)
		peer_got(peers[i]);
}

/* What a proxy makes of a request that came in. */
static struct text *forwarded(const struct text *in, const char *to, int number)
{
	struct text *t = text_new();

	t->n = (size_t)sprintf(t->p, "MESSAGE sip:x@%s:5080 SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK-f%d;rport\r\n",
		bracketed(to), OWN, number);
	copy_rows(t, in, "Via", "");
	copy_rows(t, in, "From", "");
	copy_rows(t, in, "To", "");
	copy_rows(t, in, "Call-ID", "");
	copy_rows(t, in, "CSeq", "");
	t->n += (size_t)sprintf(t->p + t->n, "\r\n");
	return t;
}

static void forward(int h, const char *from, const char *at, const char *to, int number)
{
	struct ep here = ep(at, 5060), there = ep(to, QUIET);
	struct text *in = comes(h, from, &here, request("MESSAGE", at, number));

	if (!in)
		return;
	const struct text *out = forwarded(in, to, number);
	if (sendto(h, out->p, out->n, 0, &there.sa, there.len) != (ssize_t)out->n)
		say("sendto: %s", strerrorname_np(errno));
	else
		peer_got(to);
}

int main(int argc, char **argv)
{
	choose_family(argv[argc - 1]);
	int h = udp(H, 5060);

	say("-- nobody came yet");
	several(h, (const char *const[]){PEER, ROUTED, PEER}, (const int[]){0x10, 0, 0x20}, 3);
	say("-- one came by each member");
	comes_in(h, "REGISTER", M, "200 OK", 1);
	forward(h, ROUTED, T, PEER, 2);
	several(h, (const char *const[]){PEER, ROUTED, PEER, ROUTED}, (const int[]){0x10, 0x20, 0, 0}, 4);
	say("-- what came by the bond of no route goes by the peer's flow, by the other's as its route says");
	forward(h, PEER, M, ROUTED, 3);
	forward(h, ROUTED, T, PEER, 4);
	forward(h, PEER, T, ROUTED, 5);
	forward(h, ROUTED, M, PEER, 6);
	forward(h, ROUTED, H, PEER, 7);
	return 0;
}
