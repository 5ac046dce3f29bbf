/* SPDX-License-Identifier: MIT */
/* Addresses that go and come back: what leaves from a member's, or from the host's own, fails meanwhile as where
 * no route leads, in both families, and goes on by itself. */
/*victim
case: v4 v6
dirty: yes
*/
/*ini
[bond:b]
member = udp:10.0.1.1:5060 open=filter
member = udp:10.0.3.1:5060 open=filter
member = udp:[fd00:1::1]:5060 open=filter
member = udp:[fd00:3::1]:5060 open=filter
[bond:one]
member = udp:10.0.1.1:5060 open=filter
member = udp:[fd00:1::1]:5060 open=filter
[route:r]
to = 198.51.100.9:5080, [2001:db8::9]:5080
bond = b
[route:s]
to = 198.51.100.9:5070, [2001:db8::9]:5070
bond = one
*/
/*expect v4
  - REGISTER sip:h@10.0.1.1 SIP/2.0
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport
  + REGISTER sip:h@10.0.2.1 SIP/2.0
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport;bond-in=*
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p1;rport
-- 10.0.1.1 goes
heard on unrouted: peer saw 10.0.2.1:5060
the flow: ENETUNREACH
its keep-alive: ENETUNREACH
on the wire from 10.0.3.1:5060
a route of one: ENETUNREACH
-- 10.0.2.1 goes
unrouted: ENETUNREACH
the flow: ENETUNREACH
its keep-alive: ENETUNREACH
on the wire from 10.0.3.1:5060
a route of one: ENETUNREACH
-- 10.0.1.1 comes
unrouted: ENETUNREACH
on the wire from 10.0.1.1:5060
on the wire from 10.0.1.1:5060
on the wire from 10.0.1.1:5060
heard on a route of one: peer saw 10.0.1.1:5060
-- 10.0.2.1 comes
heard on unrouted: peer saw 10.0.2.1:5060
on the wire from 10.0.1.1:5060
on the wire from 10.0.1.1:5060
on the wire from 10.0.1.1:5060
heard on a route of one: peer saw 10.0.1.1:5060
  - OPTIONS sip:h@10.0.1.1 SIP/2.0
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p2;rport
  + OPTIONS sip:h@10.0.2.1 SIP/2.0
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p2;rport;bond-in=*
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p2;rport;bond-in=*
  + Via: SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK-p2;rport
peer: udp 10.0.1.1:5060 > 198.51.100.9:5070: OPTIONS x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPTIONS x2
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: 4 bytes 0d0a0d0a x2
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: OPTIONS x2
peer: udp 10.0.1.1:5060 > 203.0.113.9:5080: SIP/2.0 x2
peer: udp 10.0.2.1:5060 > 203.0.113.9:5060: OPTIONS x2
peer: udp 10.0.3.1:5060 > 198.51.100.9:5080: OPTIONS x2
*/
/*expect v6
  - REGISTER sip:h@[fd00:1::1] SIP/2.0
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p1;rport
  + REGISTER sip:h@[fd00:2::1] SIP/2.0
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p1;rport;bond-in=*
on the wire from [fd00:1::1]:5060
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p1;rport;bond-in=*
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p1;rport
-- fd00:1::1 goes
heard on unrouted: peer saw [fd00:2::1]:5060
the flow: ENETUNREACH
its keep-alive: ENETUNREACH
on the wire from [fd00:3::1]:5060
a route of one: ENETUNREACH
-- fd00:2::1 goes
unrouted: ENETUNREACH
the flow: ENETUNREACH
its keep-alive: ENETUNREACH
on the wire from [fd00:3::1]:5060
a route of one: ENETUNREACH
-- fd00:1::1 comes
unrouted: ENETUNREACH
on the wire from [fd00:1::1]:5060
on the wire from [fd00:1::1]:5060
on the wire from [fd00:1::1]:5060
heard on a route of one: peer saw [fd00:1::1]:5060
-- fd00:2::1 comes
heard on unrouted: peer saw [fd00:2::1]:5060
on the wire from [fd00:1::1]:5060
on the wire from [fd00:1::1]:5060
on the wire from [fd00:1::1]:5060
heard on a route of one: peer saw [fd00:1::1]:5060
  - OPTIONS sip:h@[fd00:1::1] SIP/2.0
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p2;rport
  + OPTIONS sip:h@[fd00:2::1] SIP/2.0
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p2;rport;bond-in=*
on the wire from [fd00:1::1]:5060
  - Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p2;rport;bond-in=*
  + Via: SIP/2.0/UDP [2001:db8:1::9]:5080;branch=z9hG4bK-p2;rport
peer: udp [fd00:1::1]:5060 > [2001:db8:1::9]:5080: 4 bytes 0d0a0d0a x2
peer: udp [fd00:1::1]:5060 > [2001:db8:1::9]:5080: OPTIONS x2
peer: udp [fd00:1::1]:5060 > [2001:db8:1::9]:5080: SIP/2.0 x2
peer: udp [fd00:1::1]:5060 > [2001:db8::9]:5070: OPTIONS x2
peer: udp [fd00:1::1]:5060 > [2001:db8::9]:5080: OPTIONS x2
peer: udp [fd00:2::1]:5060 > [2001:db8:1::9]:5060: OPTIONS x2
peer: udp [fd00:3::1]:5060 > [2001:db8::9]:5080: OPTIONS x2
*/
#include "open.h"

/* The kernel takes an IPv6 address as a source before it makes its local route, a work of its own: what is answered
 * in between is lost. */
static void change(const char *how, const char *address)
{
	bool six = strchr(address, ':'), comes = how[0] == 'a';
	char command[300], wait[100] = "";

	say("-- %s %s", address, comes ? "comes" : "goes");
	if (six && comes)
		snprintf(wait, sizeof(wait),
			"; until ip -6 route show table local %s | grep -q .; do sleep 0.01; done",
			address);
	snprintf(command, sizeof(command), "unset LD_PRELOAD; ip address %s %s/%d dev ma%s%s", how,
		address, six ? 64 : 24, six && comes ? " nodad" : "", wait);
	if (system(command) != 0)
		die(command);
}

static void to(int h, const char *peer, int port, const char *what)
{
	static int number;
	struct ep there = ep(peer, port);
	struct text *t = options(++number);

	if (sendto(h, t->p, t->n, 0, &there.sa, there.len) != (long)t->n)
		say("%s: %s", what, strerrorname_np(errno));
	else if (port == QUIET)
		peer_got(peer);
	else
		hear(EARS({what, h}));
}

static void all(int h)
{
	static const struct text crlf = {"\r\n\r\n", 4};
	struct ep peer = ep(PEER, QUIET);

	to(h, PEER, 5060, "unrouted");
	to(h, PEER, QUIET, "the flow");
	if (sendto(h, crlf.p, crlf.n, 0, &peer.sa, peer.len) < 0)
		say("its keep-alive: %s", strerrorname_np(errno));
	else
		peer_got(PEER);
	to(h, ROUTED, QUIET, "a route of two members");
	to(h, ROUTED, 5070, "a route of one");
}

int main(int argc, char **argv)
{
	choose_family(argv[argc - 1]);
	int h = udp(H, 5060);

	comes_in(h, "REGISTER", M, "200 OK", 1);
	change("del", M);
	all(h);
	change("del", H);
	all(h);
	change("add", M);
	all(h);
	change("add", H);
	all(h);
	comes_in(h, "OPTIONS", M, "200 OK", 2);
	return 0;
}
