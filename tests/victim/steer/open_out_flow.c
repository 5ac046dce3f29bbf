/* SPDX-License-Identifier: MIT */
/* What the host sends to a peer that no route leads to leaves from the opened member to which the peer came
 * last, from another process too, with the host's names renamed: requests, keep-alives, and whatever else. To
 * others it leaves from the host's own address. */
/*victim
case: v4 v6 mapped
*/
/*ini
[bond:b]
member = udp:10.0.1.1:5060 open=filter
member = udp:10.0.3.1:5060 open=filter
member = udp:[fd00:1::1]:5060 open
member = udp:[fd00:3::1]:5060 open
[route:r]
to = 198.51.100.0/24, 2001:db8::/48
bond = b
*/
/*expect v4
H is told 10.0.2.1:5060
-- nobody came yet
on the wire from 10.0.2.1:5060
-- the peer registers
  - REGISTER sip:h@10.0.1.1 SIP/2.0
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport
  + REGISTER sip:h@10.0.2.1 SIP/2.0
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport;bond-in=*
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport
-- another process calls back, and keeps the flow alive
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-h1;rport
  - Record-Route: <sip:10.0.2.1;lr>
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-h1;rport;bond=*
  + Record-Route: <sip:10.0.1.1;lr;bond=*>
  - Contact: <sip:h@10.0.2.1>
  + Contact: <sip:h@10.0.1.1;bond=*>
on the wire from 10.0.1.1:5060
on the wire from 10.0.1.1:5060
-- another port of the peer's, another peer, and one that a route leads to
sendto = all
heard on H: peer saw 10.0.2.1:5060
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-o3;rport
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-o3;rport;bond=*
-- the peer registers with the second member
  - REGISTER sip:h@10.0.3.1 SIP/2.0
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p2;rport
  + REGISTER sip:h@10.0.2.1 SIP/2.0
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p2;rport;bond-in=*
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p2;rport;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p2;rport
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-o4;rport
  + Via: SIP/2.0/UDP 10.0.3.1;branch=z9hG4bK-o4;rport;bond=*
-- and with the host's own address
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p3;rport
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p3;rport;bond-in=*
on the wire from 10.0.2.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p3;rport;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p3;rport
on the wire from 10.0.2.1:5060
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPTIONS
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: 4 bytes 0d0a0d0a
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: INVITE
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: Mediaproxy-Pong!
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: SIP/2.0
peer: udp 10.0.2.1:5060 > 203.0.113.9:5060: OPTIONS
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: OPTIONS x2
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: SIP/2.0
peer: udp 10.0.3.1:5060 > 203.0.113.9:5080: OPTIONS
peer: udp 10.0.3.1:5060 > 203.0.113.9:5080: SIP/2.0
*/
/*expect v6
H is told [fd00:2::1]:5060
-- nobody came yet
on the wire from [fd00:2::1]:5060
-- the peer registers
  - REGISTER sip:h@[fd00:1::1] SIP/2.0
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p1;rport
  + REGISTER sip:h@[fd00:2::1] SIP/2.0
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p1;rport;bond-in=*
on the wire from [fd00:1::1]:5060
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p1;rport;bond-in=*
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p1;rport
-- another process calls back, and keeps the flow alive
on the wire from [fd00:1::1]:5060
  - Via: SIP/2.0/UDP [fd00:2::1];branch=z9hG4bK-h1;rport
  - Record-Route: <sip:[fd00:2::1];lr>
  + Via: SIP/2.0/UDP [fd00:1::1];branch=z9hG4bK-h1;rport;bond=*
  + Record-Route: <sip:[fd00:1::1];lr;bond=*>
  - Contact: <sip:h@[fd00:2::1]>
  + Contact: <sip:h@[fd00:1::1];bond=*>
on the wire from [fd00:1::1]:5060
on the wire from [fd00:1::1]:5060
-- another port of the peer's, another peer, and one that a route leads to
sendto = all
heard on H: peer saw [fd00:2::1]:5060
on the wire from [fd00:1::1]:5060
  - Via: SIP/2.0/UDP [fd00:2::1];branch=z9hG4bK-o3;rport
  + Via: SIP/2.0/UDP [fd00:1::1];branch=z9hG4bK-o3;rport;bond=*
-- the peer registers with the second member
  - REGISTER sip:h@[fd00:3::1] SIP/2.0
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p2;rport
  + REGISTER sip:h@[fd00:2::1] SIP/2.0
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p2;rport;bond-in=*
on the wire from [fd00:3::1]:5060
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p2;rport;bond-in=*
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p2;rport
on the wire from [fd00:3::1]:5060
  - Via: SIP/2.0/UDP [fd00:2::1];branch=z9hG4bK-o4;rport
  + Via: SIP/2.0/UDP [fd00:3::1];branch=z9hG4bK-o4;rport;bond=*
-- and with the host's own address
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p3;rport
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p3;rport;bond-in=*
on the wire from [fd00:2::1]:5060
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p3;rport;bond-in=*
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p3;rport
on the wire from [fd00:2::1]:5060
peer: udp [fd00:1::1]:5060 > [2001:db8:1::9]:5080: 4 bytes 0d0a0d0a
peer: udp [fd00:1::1]:5060 > [2001:db8:1::9]:5080: INVITE
peer: udp [fd00:1::1]:5060 > [2001:db8:1::9]:5080: Mediaproxy-Pong!
peer: udp [fd00:1::1]:5060 > [2001:db8:1::9]:5080: SIP/2.0
peer: udp [fd00:1::1]:5060 > [2001:db8::9]:5080: OPTIONS
peer: udp [fd00:2::1]:5060 > [2001:db8:1::9]:5060: OPTIONS
peer: udp [fd00:2::1]:5060 > [2001:db8:1::9]:5080: OPTIONS x2
peer: udp [fd00:2::1]:5060 > [2001:db8:1::9]:5080: SIP/2.0
peer: udp [fd00:3::1]:5060 > [2001:db8:1::9]:5080: OPTIONS
peer: udp [fd00:3::1]:5060 > [2001:db8:1::9]:5080: SIP/2.0
*/
/*expect mapped
H is told [::ffff:10.0.2.1]:5060
-- nobody came yet
on the wire from 10.0.2.1:5060
-- the peer registers
  - REGISTER sip:h@10.0.1.1 SIP/2.0
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport
  + REGISTER sip:h@10.0.2.1 SIP/2.0
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport;bond-in=*
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport
-- another process calls back, and keeps the flow alive
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-h1;rport
  - Record-Route: <sip:10.0.2.1;lr>
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-h1;rport;bond=*
  + Record-Route: <sip:10.0.1.1;lr;bond=*>
  - Contact: <sip:h@10.0.2.1>
  + Contact: <sip:h@10.0.1.1;bond=*>
on the wire from 10.0.1.1:5060
on the wire from 10.0.1.1:5060
-- another port of the peer's, another peer, and one that a route leads to
sendto = all
heard on H: peer saw 10.0.2.1:5060
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-o3;rport
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-o3;rport;bond=*
-- the peer registers with the second member
  - REGISTER sip:h@10.0.3.1 SIP/2.0
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p2;rport
  + REGISTER sip:h@10.0.2.1 SIP/2.0
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p2;rport;bond-in=*
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p2;rport;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p2;rport
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-o4;rport
  + Via: SIP/2.0/UDP 10.0.3.1;branch=z9hG4bK-o4;rport;bond=*
-- and with the host's own address
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p3;rport
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p3;rport;bond-in=*
on the wire from 10.0.2.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p3;rport;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p3;rport
on the wire from 10.0.2.1:5060
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPTIONS
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: 4 bytes 0d0a0d0a
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: INVITE
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: Mediaproxy-Pong!
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: SIP/2.0
peer: udp 10.0.2.1:5060 > 203.0.113.9:5060: OPTIONS
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: OPTIONS x2
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: SIP/2.0
peer: udp 10.0.3.1:5060 > 203.0.113.9:5080: OPTIONS
peer: udp 10.0.3.1:5060 > 203.0.113.9:5080: SIP/2.0
*/
#include "open.h"

static void call_back(int h)
{
	static const struct text crlf = {"\r\n\r\n", 4}, other = {"Mediaproxy-Pong!", 16};

	say("-- another process calls back, and keeps the flow alive");
	goes(h, PEER, invite(1));
	goes(h, PEER, &crlf);
	goes(h, PEER, &other);
}

static void to_others(int h)
{
	struct ep port = ep(PEER, 5060);

	say("-- another port of the peer's, another peer, and one that a route leads to");
	ask_data("sendto", h, &port, options(2)->p, options(2)->n, EARS({"H", h}));
	goes(h, ROUTED, options(3));
}

int main(int argc, char **argv)
{
	choose_family(argv[argc - 1]);
	int h = udp(H, 5060);

	say_name("H", h);
	say("-- nobody came yet");
	goes(h, PEER, options(0));
	say("-- the peer registers");
	comes_in(h, "REGISTER", M, "200 OK", 1);
	in_child(call_back, h);
	to_others(h);
	say("-- the peer registers with the second member");
	comes_in(h, "REGISTER", T, "200 OK", 2);
	goes(h, PEER, options(4));
	say("-- and with the host's own address");
	comes_in(h, "REGISTER", H, "200 OK", 3);
	goes(h, PEER, options(5));
	return 0;
}
